import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runToEnd, startCli } from '../fixtures/start-cli.ts';

const SQLITE = fileURLToPath(new URL('../../../../plugins/backplane-sqlite-datasource', import.meta.url));
const ODD = fileURLToPath(new URL('../fixtures/odd-plugin', import.meta.url));

function createScene() {
  const folder = createFolder();
  const database = new DatabaseSync(join(folder.path, 'a.db'));
  database.exec('CREATE TABLE t (time TIMESTAMP, n INTEGER); INSERT INTO t VALUES (1767355200, 9223372036854775807), (1767355260, NULL)');
  database.close();
  const settings = join(folder.path, 'settings.json');
  writeFileSync(settings, JSON.stringify({ dataSource: { jsonData: { path: join(folder.path, 'a.db') } } }));
  return { folder: folder.path, settings, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test('health is printed with its details, and ERROR is exit code 1', async () => {
  using scene = createScene();
  const good = await runToEnd(['call', SQLITE, 'health', '--settings', scene.settings]);
  assert.deepEqual([good.code, good.out], [0, 'OK: database opened; tables and views: 1\n{\n  "tables": 1\n}\n']);
  writeFileSync(scene.settings, '{"dataSource": {"jsonData": {"path": "/no/such.db"}}}');
  const bad = await runToEnd(['call', SQLITE, 'health', '--settings', scene.settings, '--json']);
  assert.equal(bad.code, 1);
  assert.deepEqual(JSON.parse(bad.out), {
    status: 'ERROR',
    message: 'jsonData.path "/no/such.db" does not exist; create the database file or correct the setting',
    jsonDetails: null,
  });
});

test('frames are printed as a table, and with --json as exact frame JSON', async () => {
  using scene = createScene();
  const query = ['call', SQLITE, 'query', '--settings', scene.settings, '--query', '{"rawSql": "SELECT * FROM t"}'];
  const table = await runToEnd(query);
  assert.equal(table.code, 0, table.err);
  assert.match(table.out, /^time +n$/m);
  assert.match(table.out, /^2026-01-02T12:00:00\S* +9223372036854775807$/m);
  assert.match(table.out, /^2026-01-02T12:01:00\S* +null$/m);
  const json = await runToEnd([...query, '--json']);
  assert.ok(json.out.includes('[9223372036854775807,null]'), json.out);
  const { responses } = JSON.parse(json.out);
  assert.equal(responses.A.status, 200);
  assert.equal(responses.A.frames[0].schema.refId, 'A');
  assert.equal(json.out.trimEnd().split('\n').length, 1);
});

test('a query that fails spoils only itself, and makes exit code 1', async () => {
  using scene = createScene();
  const file = join(scene.folder, 'query.json');
  writeFileSync(file, '[{"rawSql": "SELECT 1 AS one"}, {"rawSql": "SELECT * FROM nowhere"}]');
  const text = await runToEnd(['call', SQLITE, 'query', '--settings', scene.settings, '--query', file]);
  assert.equal(text.code, 1);
  assert.match(text.out, /^ +one$/m);
  assert.match(text.err, /^B: error 400 \(downstream\): no such table: nowhere$/m);
  const json = await runToEnd(['call', SQLITE, 'query', '--settings', scene.settings, '--query', file, '--json']);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out).responses.B, {
    status: 400,
    error: 'no such table: nowhere',
    errorSource: 'downstream',
    frames: [],
  });
});

test('the time range reaches the macros', async () => {
  using scene = createScene();
  const sql = '{"rawSql": "SELECT count(*) AS n FROM t WHERE $__timeFilter(time)"}';
  const count = async (...range: string[]) => {
    const { out } = await runToEnd(['call', SQLITE, 'query', '--settings', scene.settings, '--query', sql, '--json', ...range]);
    return JSON.parse(out).responses.A.frames[0].data.values[0][0];
  };
  assert.equal(await count('--from', '2026-01-02T12:00:30Z', '--to', '2026-01-02T13:00:00Z'), 1);
  assert.equal(await count('--from', '1767355200000', '--to', '1767355260000'), 2);
});

test('resources answer with status, headers and body; 400 and above is exit code 1', async () => {
  using scene = createScene();
  const tables = await runToEnd(['call', SQLITE, 'resource', '--settings', scene.settings, '--path', '/tables', '--json']);
  assert.equal(tables.code, 0);
  const { body, ...rest } = JSON.parse(tables.out);
  assert.deepEqual(JSON.parse(body), [{ name: 't', type: 'table' }]);
  assert.deepEqual(rest, { code: 200, headers: { 'content-type': ['application/json'] }, messages: 1 });
  const missing = await runToEnd(['call', SQLITE, 'resource', '--settings', scene.settings, '--path', 'tables/x/columns']);
  assert.equal(missing.code, 1);
  // The host may warn of what another one left behind, so this need not be the first line.
  assert.match(missing.err, /^404$/m);
  assert.equal(missing.out, '{"message":"no table or view \\"x\\""}\n');
});

test('metrics are the plugin’s text', async () => {
  const { code, out } = await runToEnd(['call', SQLITE, 'metrics']);
  assert.equal(code, 0);
  assert.match(out, /^# TYPE \w+ counter$/m);
});

test('a call that the plugin does not implement fails with its gRPC code', async () => {
  const json = await runToEnd(['call', SQLITE, 'subscribe', '--path', 'x', '--json']);
  assert.equal(json.code, 1);
  const { error, grpcCode } = JSON.parse(json.out);
  assert.match(error, /does not implement/);
  assert.equal(grpcCode, 12);
});

test('a plugin that cannot be started says why, with its last words', async () => {
  using folder = createFolder();
  mkdirSync(join(folder.path, 'empty'));
  const empty = await runToEnd(['call', join(folder.path, 'empty'), 'health']);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /^error: .*plugin\.json.*\(manifest_missing\)$/m);
  const odd = await runToEnd(['call', ODD, 'health']);
  assert.equal(odd.code, 1);
  assert.match(odd.err, /I cannot find my configuration/);
  assert.match(odd.err, /\(handshake_missing\)$/m);
});

test('a query without a query document, and settings that are no JSON, are wrong use', async () => {
  using scene = createScene();
  assert.match((await runToEnd(['call', SQLITE, 'query'])).err, /^backplane call: query needs --query/m);
  writeFileSync(scene.settings, '{');
  const { code, err } = await runToEnd(['call', SQLITE, 'health', '--settings', scene.settings]);
  assert.equal(code, 2);
  assert.match(err, /settings\.json is no JSON/);
});

test('a call that takes too long is given up, and Ctrl-C ends one cleanly', async () => {
  using scene = createScene();
  const endless = '{"rawSql": "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"}';
  const args = ['call', SQLITE, 'query', '--settings', scene.settings, '--query', endless];
  const late = await runToEnd([...args, '--timeout', '1s']);
  assert.equal(late.code, 1);
  assert.match(late.err, /gave no answer to query in 1000 ms; --timeout raises the limit/);
  await using cli = startCli([...args, '--verbose']);
  const [, pid] = await cli.waitFor(/plugin started.*pid=(\d+)/);
  cli.kill('SIGINT');
  assert.equal(await cli.ended, 130);
  assert.throws(() => process.kill(Number(pid), 0), 'the plugin is gone');
});

test('the launcher runs the same program', () => {
  const launcher = fileURLToPath(new URL('../../bin/backplane.mjs', import.meta.url));
  assert.match(execFileSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/);
});
