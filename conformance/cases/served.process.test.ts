import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { type ServedBackplane, serveBackplane } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './case.ts';

// The whole way: HTTP, server, host, process border, and a genuine Go plugin beside a TypeScript one.
const go = await needsGo();
const password = 'served-password';

test('one request is answered by a genuine Go plugin and by a TypeScript plugin', go, async () => {
  await using place = await openPlace();
  await using server = await place.serve();
  await addDataSources(server, place.database);
  const { status, body } = await send(server, '/api/ds/query', {
    from: '1704067200000',
    to: '1704070800000',
    queries: [
      { refId: 'G', datasource: { uid: 'go' }, rows: 2 },
      { refId: 'T', datasource: { uid: 'typescript' }, format: 'table', rawSql: 'SELECT name, value FROM t ORDER BY value' },
    ],
  });
  assert.equal(status, 200, server.output());
  assert.deepEqual(body.results.G.frames[0].data.values, [
    [1704067200000, 1704069000000],
    [0.25, 10.25],
  ]);
  assert.deepEqual(body.results.T.frames[0].data.values, [
    ['one', 'two'],
    [1, 2],
  ]);
});

test(
  'what a request carries reaches the plugin in the form that Grafana gives it [calls/host-resource-path] [calls/host-prefixes-headers]',
  go,
  async () => {
    await using place = await openPlace();
    await using server = await place.serve();
    await addDataSources(server, place.database);
    const { status, body: raw } = await send(server, '/api/datasources/uid/go/resources/raw/deep/er?a=1&b=%20c', { some: 'body' });
    assert.equal(status, 200, server.output());
    assert.deepEqual([raw.path, raw.url, raw.method], ['raw/deep/er', 'raw/deep/er?a=1&b=%20c', 'POST']);
    assert.deepEqual(JSON.parse(raw.body), { some: 'body' });
    const query = { from: 'now-1h', to: 'now', queries: [{ refId: 'A', datasource: { uid: 'go' }, mode: 'echo' }] };
    const { body } = await send(server, '/api/ds/query', query, { 'x-panel-id': '7', 'x-dashboard-uid': 'board', 'x-unrelated': 'no' });
    const { headers } = JSON.parse(body.results.A.frames[0].data.values[0][0]);
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const sent = Object.fromEntries(named);
    assert.deepEqual([sent['http_x-panel-id'], sent['http_x-dashboard-uid']], ['7', 'board']);
    assert.deepEqual(
      named.filter(([name]) => !String(name).startsWith('http_')).map(([name]) => name),
      [],
    );
    assert.equal(sent['http_x-unrelated'], undefined);
  },
);

test('a server that is killed under load leaves nothing once the next one has started', go, async () => {
  await using place = await openPlace();
  const { runs, pids } = await place.killUnderLoad();
  assert.equal(runs.length, 1, 'the killed server leaves its run folder');
  assert.ok(pids.length >= 2, 'a Go plugin and a TypeScript plugin ran');
  await using server = await place.serve();
  assert.match(server.output(), /swept what a host that died had left behind/);
  assert.ok(!(await place.runs()).includes(runs[0] ?? ''), 'its folder with all sockets is gone');
  for (const pid of pids) await eventually(() => isGone(pid), Boolean);
});

interface Place extends AsyncDisposable {
  readonly database: string;
  serve(): Promise<ServedBackplane>;
  /** Starts a server, kills it while it answers queries, and tells which run folders are there then, and who its plugins were. */
  killUnderLoad(): Promise<{ readonly runs: string[]; readonly pids: number[] }>;
  runs(): Promise<string[]>;
}

async function openPlace(): Promise<Place> {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await fillPluginsFolder(at('plugins'), ['acme-ref-datasource']);
  await Promise.all([mkdir(at('data')), mkdir(at('tmp')), mkdir(at('provisioning'))]);
  await writeFile(at('grafana.ini'), `app_mode = development\n[security]\nadmin_password = ${password}\n`);
  using database = new DatabaseSync(at('t.db'));
  database.exec("CREATE TABLE t (name TEXT, value INTEGER); INSERT INTO t VALUES ('two', 2), ('one', 1)");
  const paths = { DATA: at('data'), PLUGINS: at('plugins'), PROVISIONING: at('provisioning') };
  const env = Object.fromEntries(Object.entries(paths).map(([key, path]) => [`GF_PATHS_${key}`, path]));
  const serve = () => serveBackplane({ configFile: at('grafana.ini'), workingFolder: folder.path, env: { ...env, TMPDIR: at('tmp') } });
  const runs = async () => {
    const roots = (await readdir(at('tmp'))).filter((name) => name.startsWith('backplane-'));
    return (await Promise.all(roots.map((root) => readdir(join(at('tmp'), root))))).flat();
  };
  return {
    database: at('t.db'),
    serve,
    runs,
    async killUnderLoad() {
      await using server = await serve();
      await addDataSources(server, at('t.db'));
      const query = { from: 'now-1h', to: 'now', queries: [{ refId: 'A', datasource: { uid: 'go' }, delayMs: 20 }] };
      // The TypeScript plugin ships with Backplane, so it starts with its first call.
      const both = [...query.queries, { refId: 'T', datasource: { uid: 'typescript' }, format: 'table', rawSql: 'SELECT 1' }];
      assert.equal((await send(server, '/api/ds/query', { ...query, queries: both })).status, 200);
      // Read before the load, which fills what is kept of the log.
      const { value: pids } = await eventually(
        async () => pluginPids(server),
        (found) => found.length >= 2,
      );
      const askOnAndOn = async () => {
        for (;;) assert.equal((await send(server, '/api/ds/query', query)).status, 200);
      };
      const load = Promise.allSettled(Array.from({ length: 8 }, askOnAndOn));
      assert.equal((await send(server, '/api/ds/query', query)).status, 200);
      await server.kill();
      for (const { status, reason } of (await load) as PromiseRejectedResult[])
        assert.ok(status === 'rejected' && reason instanceof TypeError, `a call that was broken off rejects: ${reason}`);
      return { runs: await runs(), pids };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function addDataSources(server: ServedBackplane, path: string): Promise<void> {
  const sources = [
    { name: 'Go', uid: 'go', type: 'acme-ref-datasource', access: 'proxy' },
    { name: 'TypeScript', uid: 'typescript', type: 'backplane-sqlite-datasource', access: 'proxy', jsonData: { path } },
  ];
  for (const source of sources) {
    const { status, body } = await send(server, '/api/datasources', source);
    assert.equal(status, 200, JSON.stringify(body));
  }
}

async function send({ base }: ServedBackplane, path: string, body: object, more: Readonly<Record<string, string>> = {}) {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const headers = { 'content-type': 'application/json', authorization, ...more };
  const response = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  // biome-ignore lint/suspicious/noExplicitAny: the shape of each answer is what the test asserts
  return { status: response.status, body: (await response.json()) as any };
}

/** As the log tells them. A Go plugin may go with its host, when it finds nobody to log to, or live on until it is swept. */
function pluginPids(server: ServedBackplane): number[] {
  return [...server.output().matchAll(/plugin started.* pid=(\d+)/g)].map((match) => Number(match[1]));
}

/** Also true for a dead process that its new parent has not reaped (Linux). */
async function isGone(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
  return /^State:\s+[ZX]/m.test(status);
}
