import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFakePluginHost } from '../fixtures/fake-plugin-host.ts';
import { listenTestServer, openTestServer } from '../fixtures/test-server.ts';

/** A plugin folder with files, a link that leads out, and something outside. */
function pluginFolder({ files }: { readonly files?: ReadonlySet<string> } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'backplane-public-'));
  const folder = join(root, 'acme');
  mkdirSync(join(folder, 'static'), { recursive: true });
  writeFileSync(join(folder, 'plugin.json'), '{}');
  writeFileSync(join(folder, 'README.md'), '# Acme');
  writeFileSync(join(folder, 'gpx_acme_linux_amd64'), 'program');
  writeFileSync(join(folder, 'static/data.txt'), '0123456789');
  writeFileSync(join(folder, 'static/empty.css'), '');
  writeFileSync(join(root, 'outside.txt'), 'secret');
  symlinkSync(join(root, 'outside.txt'), join(folder, 'static/link.txt'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'static/pipe.txt')]);
  const host = createFakePluginHost([{ id: 'acme-ref-datasource', type: 'datasource', folder, files, more: { executable: 'gpx_acme' } }]);
  return { host, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** Sends the path byte for byte, which fetch would not. */
function get(url: string, path: string, headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>();
  const request = httpRequest(url, { path, headers, agent: false }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
  });
  request.on('error', reject).end();
  return promise;
}

test('public files are served with caching headers, and only those of the plugin [security/traversal]', async () => {
  using place = pluginFolder();
  await using server = await listenTestServer({ host: place.host });
  const base = '/public/plugins/acme-ref-datasource';
  const found = await get(server.address.url, `${base}/static/data.txt?v=1`);
  assert.deepEqual([found.status, found.text], [200, '0123456789']);
  assert.equal(found.headers['cache-control'], 'public, max-age=3600');
  assert.equal(found.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal((await get(server.address.url, `${base}/static/%2e%2e/static/data.txt`)).status, 200);
  assert.equal((await get(server.address.url, `${base}/static/empty.css`)).status, 200);
  const missing = [
    '/static/none.txt',
    '/static/',
    '/static',
    '/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/..%5coutside.txt',
    '//etc/passwd',
    '/static/data.txt%00',
    '/static/link.txt',
    '/static/pipe.txt',
    '/gpx_acme_linux_amd64',
    '/static/../gpx_acme_linux_amd64',
    '/%67px_acme_linux_amd64',
    '/%252e%252e/x',
  ];
  for (const path of missing) {
    const answer = await get(server.address.url, base + path);
    assert.deepEqual([answer.status, answer.text], [404, '{"message":"Plugin file not found"}'], path);
    assert.equal(answer.headers['cache-control'], undefined);
  }
  assert.equal((await get(server.address.url, '/public/plugins/acme-nothing/x')).text, '{"message":"Plugin not found"}');
});

test('files that a plugin did not have when it was loaded are not served [security/traversal] [D4]', async () => {
  using plugin = pluginFolder({ files: new Set(['static/data.txt']) });
  await using server = await listenTestServer({ host: plugin.host });
  const base = '/public/plugins/acme-ref-datasource';
  assert.equal((await get(server.address.url, `${base}/static/data.txt`)).status, 200);
  assert.equal((await get(server.address.url, `${base}/README.md`)).status, 404);
});

test('ranges and unchanged files are answered in part or not at all', async () => {
  using place = pluginFolder();
  await using server = await openTestServer({ host: place.host });
  const url = '/public/plugins/acme-ref-datasource/static/data.txt';
  const ask = (headers: Record<string, string>) => server.send({ method: 'GET', url, headers });
  const whole = await ask({});
  const modified = String(whole.headers['last-modified']);
  const cases: [Record<string, string>, number, string][] = [
    [{ range: 'bytes=2-4' }, 206, '234'],
    [{ range: 'bytes=-3' }, 206, '789'],
    [{ range: 'bytes=8-' }, 206, '89'],
    [{ range: 'bytes=2-4', 'if-range': modified }, 206, '234'],
    [{ range: 'bytes=2-4', 'if-range': new Date(0).toUTCString() }, 200, '0123456789'],
    [{ range: 'bytes=20-' }, 416, 'invalid range\n'],
    [{ range: 'lines=1-2' }, 200, '0123456789'],
    [{ 'if-modified-since': modified }, 304, ''],
  ];
  for (const [headers, status, text] of cases) {
    const answer = await ask(headers);
    assert.deepEqual([answer.status, answer.text], [status, text], JSON.stringify(headers));
  }
});

test('the list of plugins is sorted and filtered, and empty for viewers', async () => {
  await using server = await openTestServer();
  const ids = async (query: string) => (await server.call('GET', `/api/plugins${query}`)).body.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids('?embedded=0'), ['acme-ref-app', 'acme-min-datasource', 'acme-ref-datasource']);
  assert.deepEqual(await ids('/?type=datasource'), ['acme-min-datasource', 'acme-ref-datasource']);
  assert.deepEqual(await ids('?enabled=1'), ['acme-min-datasource', 'acme-ref-datasource']);
  assert.deepEqual(await ids('?core=1'), []);
  await server.call('POST', '/api/admin/users', { login: 'viewer', password: 'pass-1' });
  const viewer = await server.call('GET', '/api/plugins', undefined, {
    authorization: `Basic ${Buffer.from('viewer:pass-1').toString('base64')}`,
  });
  assert.deepEqual([viewer.status, viewer.body], [200, []]);
});

test('settings of an app are stored, merged and reach the app [D36]', async () => {
  await using server = await openTestServer();
  const path = '/api/plugins/acme-ref-app/settings';
  assert.equal((await server.call('GET', '/api/plugins/acme-ref-app/health')).body.message, 'Plugin setting not found');
  await server.call('POST', path, { enabled: true, pinned: true, jsonData: { note: 'x' }, secureJsonData: { token: 'canary-secret' } });
  await server.call('POST', path, { enabled: true, secureJsonData: { second: '2', empty: '' } });
  const { body, text } = await server.call('GET', path);
  assert.deepEqual(
    [body.enabled, body.pinned, body.jsonData, body.secureJsonFields],
    [true, false, { note: 'x' }, { second: true, token: true }],
  );
  assert.doesNotMatch(text, /canary-secret/);
  assert.equal((await server.call('GET', '/api/plugins/acme-ref-app/health')).status, 200);
  assert.deepEqual(server.host.calls.health[0]?.context.app?.secureJsonData, { empty: '', second: '2', token: 'canary-secret' });
  await server.call('POST', path, { enabled: false });
  for (const rest of ['resources/echo', 'dashboards']) {
    const off = await server.call('GET', `/api/plugins/acme-ref-app/${rest}`);
    assert.deepEqual([off.status, off.body], [404, { message: 'Plugin is not enabled' }], rest);
  }
});

test('plugins that are not there or did not start are told apart', async () => {
  await using server = await openTestServer();
  const cases: [string, number, string][] = [
    ['/api/plugins/acme-nothing/settings', 404, 'Plugin not found, no installed plugin with that id'],
    ['/api/plugins/acme-crash-datasource/settings', 500, 'Plugin failed to start'],
    ['/api/plugins/acme-missing-datasource/settings', 500, 'Plugin signature is missing'],
    ['/api/plugins/acme-modified-datasource/settings', 500, 'Plugin signature does not match'],
    ['/api/plugins/acme-invalid-datasource/settings', 500, 'Invalid plugin signature'],
    ['/api/plugins/acme-nothing/health', 404, 'Plugin not found'],
    ['/api/plugins/acme-nothing/resources/x', 404, 'Plugin not found'],
    ['/api/plugins/acme-nothing/metrics', 404, 'Plugin not registered'],
  ];
  for (const [path, status, message] of cases) {
    const answer = await server.call('GET', path);
    assert.deepEqual([answer.status, answer.body.message], [status, message], path);
  }
});

test("plugins that were refused are listed with the reason in Grafana's words", async () => {
  await using server = await openTestServer();
  const { status, body } = await server.call('GET', '/api/plugins/errors');
  assert.equal(status, 200);
  assert.deepEqual(body, [
    { errorCode: 'failedBackendStart', pluginId: 'acme-crash-datasource' },
    { errorCode: 'signatureMissing', pluginId: 'acme-missing-datasource', status: 'unsigned' },
    { errorCode: 'signatureModified', pluginId: 'acme-modified-datasource', status: 'modified' },
    { errorCode: 'signatureInvalid', pluginId: 'acme-invalid-datasource', status: 'invalid' },
  ]);
});

test('metrics of a plugin need no account unless a password is set [A18]', async () => {
  await using open = await openTestServer();
  const found = await open.send({ method: 'GET', url: '/metrics/plugins/acme-ref-datasource' });
  assert.equal(found.status, 200);
  assert.equal(found.headers['content-type'], 'text/plain');
  assert.match(found.text, /go_info\{plugin="acme-ref-datasource"\} 1/);
  const missing = await open.send({ method: 'GET', url: '/metrics/plugins/acme-nothing' });
  assert.deepEqual([missing.status, missing.text], [404, '']);
  await using closed = await openTestServer({ env: { GF_METRICS_BASIC_AUTH_USERNAME: 'prom', GF_METRICS_BASIC_AUTH_PASSWORD: 'pass' } });
  const ask = (login: string) =>
    closed.send({
      method: 'GET',
      url: '/metrics/plugins/acme-ref-datasource',
      headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
    });
  assert.equal((await ask('prom:pass')).status, 200);
  assert.equal((await ask('prom:wrong')).status, 401);
});

test('an auto-enabled app cannot be disabled [A24]', async () => {
  const host = createFakePluginHost([{ id: 'acme-auto-app', type: 'app', more: { name: 'Auto', autoEnabled: true } }]);
  await using server = await openTestServer({ host });
  const { status, body } = await server.call('POST', '/api/plugins/acme-auto-app/settings', { enabled: false });
  assert.deepEqual([status, body], [400, { message: 'Cannot disable auto-enabled plugin' }]);
  assert.equal((await server.call('GET', '/api/plugins/acme-auto-app/settings')).body.enabled, true);
  await using onFile = await openTestServer({
    host: createFakePluginHost([{ id: 'acme-ref-app', type: 'app', more: { name: 'App' } }]),
    files: { 'plugins/a.yaml': 'apps: [{ type: acme-ref-app, jsonData: { a: 1 } }]' },
  });
  assert.deepEqual((await onFile.call('GET', '/api/plugins/acme-ref-app/settings')).body.jsonData, { a: 1 });
});

test('a file that names an unknown app, or disables an auto-enabled one, is an error that names it [E14]', async () => {
  const host = () => createFakePluginHost([{ id: 'acme-auto-app', type: 'app', more: { name: 'Auto', autoEnabled: true } }]);
  const open = (entry: string) => openTestServer({ host: host(), files: { 'plugins/a.yaml': `apps: [${entry}]` } });
  await assert.rejects(open('{ type: acme-nothing-app }'), /acme-nothing-app, which is no loaded plugin/);
  await assert.rejects(open('{ type: acme-auto-app, disabled: true }'), /cannot disable acme-auto-app/);
});

test('a markdown name that no file system takes reads the README, as any that is not there', async () => {
  await using server = await openTestServer();
  const { status } = await server.call('GET', `/api/plugins/acme-ref-datasource/markdown/${'x'.repeat(300)}`);
  assert.equal(status, 200);
});
