import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { decodeArrow, type Frame } from '@backplane/sdk';
import type { SqlFormat } from '@backplane/sdk/sql';
import type { Fill } from '../macros.ts';
import { Engine } from './engine.ts';
import { encodeReply, ReplyReader } from './wire.ts';

interface Place extends Disposable {
  readonly folder: string;
  readonly path: string;
  frames(sql: string, options?: { format?: SqlFormat; rowLimit?: number; grid?: Fill; fromMs?: number; toMs?: number }): Frame[];
  failure(sql: string, format?: SqlFormat): { code: string; message: string };
}

function open(setup: string, { allowWrites = false } = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-sqlite-'));
  const path = join(folder, 'test.db');
  const database = new DatabaseSync(path);
  database.exec(setup);
  database.close();
  const engine = new Engine({ path, allowWrites });
  const run = (
    sql: string,
    { format = 'table' as SqlFormat, rowLimit = 1000, grid = undefined as Fill | undefined, fromMs = 0, toMs = 0 } = {},
  ) => engine.run({ kind: 'query', sql, format, rowLimit, grid, fromMs, toMs });
  return {
    folder,
    path,
    frames(sql, options) {
      const reply = run(sql, options);
      assert.ok(reply.ok, reply.ok ? '' : reply.message);
      return reply.frames.map((bytes) => decodeArrow(bytes));
    },
    failure(sql, format = 'table') {
      const reply = run(sql, { format });
      assert.ok(!reply.ok, `${sql} should fail`);
      return reply;
    },
    [Symbol.dispose]() {
      engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Name, kind, nullability and cells of every field. */
function shapeOf(frame: Frame | undefined): Record<string, unknown> {
  assert.ok(frame);
  return Object.fromEntries(frame.fields.map((field) => [field.name, [field.kind, field.nullable, field.toArray()]]));
}

test('declared types and values give the kinds of columns', () => {
  using place = open(`
    CREATE TABLE t (at DATETIME, day DATE, n INTEGER, r REAL, s TEXT, ok BOOLEAN, j JSON, b BLOB);
    INSERT INTO t VALUES (1700000000, '2026-01-05', 9223372036854775807, 1.5, 'ä', 1, '{"a":1}', x'00ff');
    INSERT INTO t VALUES (1700000000123, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  `);
  const [frame] = place.frames('SELECT * FROM t');
  assert.deepEqual(shapeOf(frame), {
    at: ['time', true, [1_700_000_000_000_000_000n, 1_700_000_000_123_000_000n]],
    day: ['time', true, [BigInt(Date.UTC(2026, 0, 5)) * 1_000_000n, null]],
    n: ['int64', true, [9_223_372_036_854_775_807n, null]],
    r: ['float64', true, [1.5, null]],
    s: ['string', true, ['ä', null]],
    ok: ['bool', true, [true, null]],
    j: ['json', true, ['{"a":1}', null]],
    b: ['string', true, ['00ff', null]],
  });
  assert.equal(frame?.meta?.executedQueryString, 'SELECT * FROM t');
});

test('values that do not fit the declared type keep what they are', () => {
  using place = open(`
    CREATE TABLE t (at TIMESTAMP, ok BOOLEAN, n INTEGER, j JSON);
    INSERT INTO t VALUES ('soon', 2, 'x', 'no json'), ('2026-01-05', 1, 1, '1'), (5, 0, 1.5, NULL);
  `);
  assert.deepEqual(shapeOf(place.frames('SELECT * FROM t')[0]), {
    at: ['string', true, ['soon', '2026-01-05', '5']],
    ok: ['int64', true, [2n, 1n, 0n]],
    n: ['string', true, ['x', '1', '1.5']],
    j: ['string', true, ['no json', '1', null]],
  });
});

test('expressions are typed by their values; a column named time is a time', () => {
  using place = open('');
  const [frame] = place.frames(
    "SELECT 1 AS time, 1 AS i, 1.5 AS r, NULL AS empty, 'x' AS s UNION ALL SELECT 1700000000.25, 2.5, 2, NULL, NULL",
  );
  assert.deepEqual(shapeOf(frame), {
    time: ['time', true, [1_000_000_000n, 1_700_000_000_250_000_000n]],
    i: ['float64', true, [1, 2.5]],
    r: ['float64', true, [1.5, 2]],
    empty: ['float64', true, [null, null]],
    s: ['string', true, ['x', null]],
  });
});

test('more rows than the limit are cut off with a warning, as many rows as the limit are not', () => {
  using place = open('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
  const [cut] = place.frames('SELECT a FROM t', { rowLimit: 2 });
  assert.equal(cut?.length, 2);
  assert.deepEqual(cut?.meta?.notices, [
    { severity: 'warning', text: 'Results have been limited to 2 because the SQL row limit was reached' },
  ]);
  const [whole] = place.frames('SELECT a FROM t', { rowLimit: 3 });
  assert.equal(whole?.length, 3);
  assert.equal(whole?.meta?.notices, undefined);
});

test('a hundred thousand rows of every storage class arrive unchanged', () => {
  using place = open('');
  const sql = `WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000)
    SELECT x AS i, x * 0.5 AS r, 'n' || x AS s, iif(x % 7 = 0, NULL, x) AS sparse, iif(x = 99999, 'late', x) AS mixed FROM c`;
  const [frame] = place.frames(sql, { rowLimit: 1_000_000 });
  assert.equal(frame?.length, 100_000);
  const row = (at: number) => frame?.fields.map((field) => field.get(at));
  assert.deepEqual(row(0), [1n, 0.5, 'n1', 1n, '1']);
  assert.deepEqual(row(6), [7n, 3.5, 'n7', null, '7']);
  assert.deepEqual(row(99_998), [99_999n, 49_999.5, 'n99999', 99_999n, 'late']);
});

test('a time series is sorted, and text and boolean columns become labels', () => {
  using place = open(`
    CREATE TABLE t (time TIMESTAMP, room TEXT, v REAL, ok BOOLEAN);
    INSERT INTO t VALUES (2000000000, 'b', 2.5, 1), (1000000000, 'a', 1, 1), (1000000000, 'b', NULL, 0);
  `);
  const [frame] = place.frames('SELECT * FROM t', { format: 'time_series' });
  assert.deepEqual(
    frame?.fields.map((field) => [field.name, field.labels, field.toArray()]),
    [
      ['time', undefined, [1_000_000_000_000_000_000n, 2_000_000_000_000_000_000n]],
      ['v', { room: 'a', ok: 'true' }, [1, null]],
      ['v', { room: 'b', ok: 'false' }, [null, null]],
      ['v', { room: 'b', ok: 'true' }, [null, 2.5]],
    ],
  );
  assert.equal(frame?.meta?.type, 'timeseries-wide');
  assert.deepEqual(frame?.meta?.typeVersion, [0, 1]);
  assert.equal(frame?.fields[0]?.nullable, false);
});

test('format multi gives one frame for each series with its own times', () => {
  using place = open("CREATE TABLE t (time TIMESTAMP, room TEXT, v REAL); INSERT INTO t VALUES (2, 'a', 2), (1, 'a', 1), (3, 'b', 3)");
  const frames = place.frames('SELECT * FROM t', { format: 'multi' });
  assert.deepEqual(
    frames.map((frame) => [frame.meta?.type, frame.fields[1]?.labels, frame.fields.map((field) => field.toArray())]),
    [
      [
        'timeseries-multi',
        { room: 'a' },
        [
          [1_000_000_000n, 2_000_000_000n],
          [1, 2],
        ],
      ],
      ['timeseries-multi', { room: 'b' }, [[3_000_000_000n], [3]]],
    ],
  );
});

test('of two rows of the same time and labels the last one counts, as in Grafana', () => {
  using place = open('');
  const [frame] = place.frames('SELECT 1 AS time, 5 AS v UNION ALL SELECT 1, 6', { format: 'time_series' });
  assert.deepEqual(frame?.fields[1]?.toArray(), [6n]);
});

test('a fill puts series on the grid of the range', () => {
  using place = open('');
  const sql = 'SELECT 6000000000000 AS time, 1 AS v UNION ALL SELECT 8000000000000, 2';
  const values = (fill: Fill['mode']) => {
    const [frame] = place.frames(sql, {
      format: 'time_series',
      fromMs: 5_500_000_000_000,
      toMs: 9_000_000_000_000,
      grid: { intervalMs: 1_000_000_000_000, mode: fill },
    });
    assert.deepEqual(frame?.fields[0]?.toMillis(), [5e12, 6e12, 7e12, 8e12, 9e12]);
    return frame?.fields[1]?.toArray();
  };
  assert.deepEqual(values('null'), [null, 1n, null, 2n, null]);
  assert.deepEqual(values('previous'), [null, 1n, 1n, 2n, 2n]);
  assert.deepEqual(values(0), [0n, 1n, 0n, 2n, 0n]);
  assert.deepEqual(values(0.5), [0.5, 1, 0.5, 2, 0.5]);
});

test('a time series without rows is a typed frame without fields', () => {
  using place = open('CREATE TABLE t (time TIMESTAMP, v REAL)');
  const [frame] = place.frames('SELECT * FROM t', { format: 'time_series' });
  assert.equal(frame?.fields.length, 0);
  assert.equal(frame?.meta?.type, 'timeseries-wide');
});

test('what is no time series says what is missing', () => {
  using place = open('');
  assert.match(
    place.failure('SELECT 1 AS a, 2 AS b', 'time_series').message,
    /needs a column of times, and there are a \(int64\), b \(int64\); or use the format table/,
  );
  assert.match(place.failure("SELECT 1 AS time, 'x' AS s", 'time_series').message, /needs a column of values beside the time/);
  assert.match(
    place.failure('SELECT 1 AS time, 1 AS v UNION ALL SELECT NULL, 2', 'time_series').message,
    /a time is null \(field "time"\)/,
  );
});

test('an error of SQLite is passed on with its message', () => {
  using place = open('');
  assert.deepEqual(place.failure('SELECT * FROM nowhere'), { ok: false, code: 'sql_failed', message: 'no such table: nowhere' });
});

test('a file that is no database is named', () => {
  using place = open('');
  writeFileSync(place.path, 'x'.repeat(4096));
  const { code, message } = place.failure('SELECT * FROM t');
  assert.equal(code, 'sql_failed');
  assert.ok(message.includes(place.path) && message.includes('jsonData.path'), message);
});

test('a read-only data source reads, and refuses all that writes or leaves its file', () => {
  using place = open('CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)');
  const other = join(place.folder, 'other.db');
  const refused = [
    'INSERT INTO t VALUES (2)',
    'DELETE FROM t',
    'UPDATE t SET a = 2',
    'DROP TABLE t',
    'CREATE TABLE u (a)',
    'CREATE TEMP TABLE u (a)',
    'REPLACE INTO t VALUES (1)',
    'ALTER TABLE t RENAME TO u',
    'REINDEX',
    'ANALYZE',
    'CREATE VIRTUAL TABLE f USING fts5(x)',
    'WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c',
    'INSERT INTO t VALUES (9) RETURNING a',
    `ATTACH '${other}' AS o`,
    'DETACH main',
    `VACUUM INTO '${other}'`,
    'VACUUM',
    'BEGIN',
    'SAVEPOINT s',
    'COMMIT',
    'PRAGMA user_version = 3',
    'PRAGMA journal_mode = WAL',
    'PRAGMA writable_schema = 1',
    'PRAGMA query_only(0)',
    'PRAGMA wal_checkpoint',
    "SELECT load_extension('x')",
    "SELECT fts3_tokenizer('simple')",
  ];
  for (const sql of refused) assert.equal(place.failure(sql).code, 'sql_refused', sql);
  const allowed = [
    'SELECT * FROM t',
    'WITH c AS (SELECT 1) SELECT * FROM c',
    'PRAGMA table_info(t)',
    'PRAGMA user_version',
    'EXPLAIN QUERY PLAN SELECT * FROM t',
    'VALUES (1)',
    "SELECT json_extract('[1]', '$[0]')",
  ];
  for (const sql of allowed) assert.equal(place.frames(sql).length, 1, sql);
  assert.deepEqual(shapeOf(place.frames('SELECT count(*) AS n FROM t')[0]), { n: ['int64', true, [1n]] });
});

test('allowWrites permits changes of the file, and nothing beyond it', () => {
  using place = open('CREATE TABLE t (a INTEGER PRIMARY KEY)', { allowWrites: true });
  assert.deepEqual(shapeOf(place.frames('INSERT INTO t VALUES (7), (8)')[0]), {
    changes: ['int64', false, [2n]],
    lastInsertRowid: ['int64', false, [8n]],
  });
  assert.equal(place.frames('DELETE FROM t WHERE a = 7 RETURNING a')[0]?.length, 1);
  for (const sql of [
    `ATTACH '${place.folder}/o.db' AS o`,
    `VACUUM INTO '${place.folder}/o.db'`,
    'PRAGMA writable_schema = 1',
    'BEGIN',
    "SELECT load_extension('x')",
  ])
    assert.equal(place.failure(sql).code, 'sql_refused', sql);
});

test('replies survive being cut into pieces of any size', () => {
  const replies = [
    { ok: true, value: null, frames: [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(3000).fill(7)] },
    { ok: false, code: 'sql_failed', message: 'näh' },
    { ok: true, value: [{ name: 't' }], frames: [] },
  ] as const;
  const bytes = Buffer.concat(replies.flatMap((reply) => encodeReply(reply)));
  for (const size of [1, 3, 7, 1000, bytes.length]) {
    const reader = new ReplyReader();
    const seen = [];
    for (let at = 0; at < bytes.length; at += size) seen.push(...reader.push(bytes.subarray(at, at + size)));
    assert.deepEqual(
      seen.map((reply) => (reply.ok ? [reply.value, reply.frames] : reply.message)),
      [[null, replies[0].frames], 'näh', [[{ name: 't' }], []]],
    );
  }
});
