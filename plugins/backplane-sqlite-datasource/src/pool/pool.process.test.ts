import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Database } from '../database.ts';
import type { EngineJob } from '../engine/index.ts';
import { EngineProcess } from './engine-process.ts';
import { EnginePool } from './index.ts';

const ENDLESS = 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
const LONG_MS = 60_000;

function createFile(setup = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)') {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-sqlite-'));
  const path = join(folder, 'test.db');
  const database = new DatabaseSync(path);
  database.exec(setup);
  database.close();
  return { folder, path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function query(sql: string): EngineJob {
  return { kind: 'query', sql, format: 'table', rowLimit: 10, fill: undefined, fromMs: 0, toMs: 0 };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A dead child that nobody has reaped yet still has a pid.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const never = () => new AbortController().signal;

test('a query that runs too long is stopped in mid-statement, and the next one is answered', async () => {
  using file = createFile();
  await using pool = new EnginePool({ path: file.path, allowWrites: false }, { maxEngines: 1 });
  await pool.run({ kind: 'tables' }, { signal: never(), timeoutMs: LONG_MS });
  await assert.rejects(pool.run(query(ENDLESS), { signal: never(), timeoutMs: 300 }), {
    code: 'query_timeout',
    status: 504,
    message: /stopped after 300 ms/,
  });
  const { frames } = await pool.run(query('SELECT a FROM t'), { signal: never(), timeoutMs: LONG_MS });
  assert.equal(frames.length, 1);
});

test('a query whose caller has gone is stopped', async () => {
  using file = createFile();
  await using pool = new EnginePool({ path: file.path, allowWrites: false });
  const caller = new AbortController();
  const running = pool.run(query(ENDLESS), { signal: caller.signal, timeoutMs: LONG_MS });
  setImmediate(() => caller.abort());
  await assert.rejects(running, { code: 'query_cancelled' });
  await assert.rejects(pool.run(query('SELECT 1'), { signal: caller.signal, timeoutMs: LONG_MS }), { code: 'query_cancelled' });
});

test('look-ups are answered while endless queries hold every engine, and queries wait their turn', async () => {
  using file = createFile();
  await using pool = new EnginePool({ path: file.path, allowWrites: false }, { maxEngines: 1 });
  const caller = new AbortController();
  const endless = pool.run(query(ENDLESS), { signal: caller.signal, timeoutMs: LONG_MS });
  const { value } = await pool.run({ kind: 'tables' }, { signal: never(), timeoutMs: LONG_MS, urgent: true });
  assert.deepEqual(value, [{ name: 't', type: 'table' }]);
  const waiting = pool.run(query('SELECT a FROM t'), { signal: never(), timeoutMs: LONG_MS });
  caller.abort();
  await assert.rejects(endless, { code: 'query_cancelled' });
  assert.equal((await waiting).frames.length, 1);
});

test('an engine that dies in mid-query is reported with how it ended', async () => {
  using file = createFile();
  await using engine = new EngineProcess({ path: file.path, allowWrites: false });
  await engine.run({ kind: 'tables' });
  const running = engine.run(query(ENDLESS));
  process.kill(engine.pid!, 'SIGKILL');
  await assert.rejects(running, { code: 'engine_lost', errorSource: 'plugin', message: /ended before it answered \(signal SIGKILL\)/ });
  await assert.rejects(engine.run(query('SELECT 1')), { code: 'engine_lost' });
});

test('an engine goes with its plugin, even when both are in mid-query and the plugin is killed', async () => {
  using file = createFile();
  const parent = spawn(
    process.execPath,
    ['--conditions=backplane:source', fileURLToPath(new URL('fixtures/busy-parent.ts', import.meta.url)), file.path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(parent.stdout!.setEncoding('utf8'), 'data')) as [string];
    const pid = Number(line);
    assert.ok(isAlive(pid), `engine ${pid} runs`);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const deadline = performance.now() + 100_000;
    // No event tells of the end of another one's child.
    while (isAlive(pid) && performance.now() < deadline) await delay(10);
    assert.ok(!isAlive(pid), `engine ${pid} is gone`);
  } finally {
    // Left alive it would keep this process from ending.
    parent.kill('SIGKILL');
  }
});

test('a file put in the place of the database is read from the next query on', async () => {
  using file = createFile();
  using other = createFile('CREATE TABLE t (a); INSERT INTO t VALUES (2)');
  await using database = new Database({ path: file.path, allowWrites: false, queryTimeoutMs: LONG_MS });
  const read = async () => {
    const [frame] = await database.query(
      { rawSql: 'SELECT a FROM t', format: 'table' },
      { fromMs: 0, toMs: 0, intervalMs: 1000, rowLimit: 10, signal: never() },
    );
    return frame?.fields[0]?.get(0);
  };
  assert.equal(await read(), 1n);
  renameSync(other.path, file.path);
  assert.equal(await read(), 2n);
});

test('a missing file names the path and the setting, and is not created', async () => {
  using file = createFile();
  const path = join(file.folder, 'absent.db');
  await using database = new Database({ path, allowWrites: true, queryTimeoutMs: LONG_MS });
  await assert.rejects(database.tables(never()), {
    code: 'database_missing',
    status: 400,
    message: `jsonData.path "${path}" does not exist; create the database file or correct the setting`,
  });
  await assert.rejects(database.tables(never()), { code: 'database_missing' });
  await using folder = new Database({ path: file.folder, allowWrites: false, queryTimeoutMs: LONG_MS });
  await assert.rejects(folder.tables(never()), { code: 'settings_invalid', message: /is no file; give the path of a database file/ });
  await using memory = new Database({ path: ':memory:', allowWrites: false, queryTimeoutMs: LONG_MS });
  await assert.rejects(memory.tables(never()), { code: 'settings_invalid' });
});

test('disposing ends engines in mid-query and fails what they did', async () => {
  using file = createFile();
  const pool = new EnginePool({ path: file.path, allowWrites: false });
  const failed = assert.rejects(pool.run(query(ENDLESS), { signal: never(), timeoutMs: LONG_MS }), { code: 'query_cancelled' });
  await pool[Symbol.asyncDispose]();
  await failed;
  await pool[Symbol.asyncDispose]();
});
