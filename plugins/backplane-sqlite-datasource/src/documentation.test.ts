import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Engine } from './engine/engine.ts';
import { SQLITE_ERROR_CODES, SqliteError } from './errors.ts';
import { expandMacros, MACROS } from './macros.ts';

const page = readFileSync(new URL('../../../docs/sqlite.md', import.meta.url), 'utf8');

test('every query on the page runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-sqlite-'));
  const path = join(folder, 'a.db');
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE readings (time TIMESTAMP, sensor TEXT, room TEXT, temperature REAL, humidity REAL, battery INTEGER, ok BOOLEAN);
    INSERT INTO readings VALUES (1767355200000, 'th-01', 'hall', 20.5, 50, 99, 1), (1767358800000, 'th-02', 'hall', 21.5, 51, 98, 1)`);
  database.close();
  const engine = new Engine({ path, allowWrites: false });
  try {
    const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql ?? '');
    assert.ok(queries.length >= 3);
    for (const rawSql of queries) {
      const range = { fromMs: 1_767_355_000_000, toMs: 1_767_360_000_000 };
      const { sql, fill } = expandMacros(rawSql, { ...range, intervalMs: 600_000 });
      const format = rawSql.includes('timeGroup') ? 'time_series' : 'table';
      const reply = engine.run({ kind: 'query', sql, format, rowLimit: 100, grid: fill, ...range });
      assert.ok(reply.ok, reply.ok ? '' : `${reply.message}: ${rawSql}`);
    }
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
});

test('every macro is on the page', () => {
  for (const name of Object.keys(MACROS)) assert.ok(page.includes(`$__${name}`), `$__${name}`);
});

test('every error is on the page with its status and whose fault it is, and no other is', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (\w+) \|/gm)].map(([, code, status, source]) => `${code} ${status} ${source}`);
  const errors = SQLITE_ERROR_CODES.map((code) => new SqliteError(code, ''));
  assert.deepEqual(
    rows,
    errors.map(({ code, status, errorSource }) => `${code} ${status} ${errorSource}`),
  );
});
