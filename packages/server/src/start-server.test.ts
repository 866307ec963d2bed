import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFakePluginHost } from './fixtures/fake-plugin-host.ts';
import { ADMIN_PASSWORD, asAdmin, listenTestServer } from './fixtures/test-server.ts';
import { createLogger, isServerError, loadConfig, startServer } from './index.ts';

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'backplane-start-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const quiet = createLogger({ write: () => undefined });
const start = (homePath: string, env: Record<string, string> = {}, host = createFakePluginHost()) => {
  const config = loadConfig({ homePath, env: { GF_SERVER_HTTP_PORT: '0', ...env } });
  return startServer({ config, host, logger: quiet, env: {}, passwordCost: 2 ** 4 });
};
const status = async (url: string, password: string) =>
  (await fetch(`${url}/api/datasources`, { headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` } }))
    .status;

test('the first start generates a password once, and the second start keeps it', async () => {
  using place = folder();
  let password = '';
  {
    await using server = await start(place.path);
    password = server.firstAdmin?.generatedPassword?.open() ?? '';
    assert.equal(await status(server.address.url, password), 200);
    assert.match(server.address.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  }
  await using server = await start(place.path);
  assert.equal(server.firstAdmin, undefined);
  assert.equal(await status(server.address.url, password), 200);
  assert.equal(await status(server.address.url, 'admin'), 401);
});

test('a start that fails makes no administrator, so that its password is not lost', async () => {
  using place = folder();
  const provisioning = join(place.path, 'conf/provisioning/datasources');
  mkdirSync(provisioning, { recursive: true });
  writeFileSync(join(provisioning, 'a.yaml'), 'datasources: 5');
  await assert.rejects(start(place.path));
  rmSync(join(provisioning, 'a.yaml'));
  await using server = await start(place.path);
  assert.equal(await status(server.address.url, server.firstAdmin?.generatedPassword?.open() ?? ''), 200);
});

test('a request that comes as soon as the port is open already knows the first administrator', async () => {
  using place = folder();
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const starting = start(place.path, { GF_SERVER_HTTP_PORT: String(port), GF_SECURITY_ADMIN_PASSWORD: 'early' });
  const firstAnswer = async (): Promise<number> => status(`http://127.0.0.1:${port}`, 'early').catch(() => firstAnswer());
  assert.equal(await firstAnswer(), 200);
  await using server = await starting;
  assert.ok(server.firstAdmin);
});

test('a port that is taken is an error that says so, and the plugin host is disposed', async () => {
  using place = folder();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const host = createFakePluginHost();
  try {
    await assert.rejects(
      start(place.path, { GF_SERVER_HTTP_PORT: String(port) }, host),
      (error) => isServerError(error, 'listen_failed') && error.message.includes(`127.0.0.1:${port}`),
    );
    assert.equal(host.isDisposed, true);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('a damaged database stops the start and stays as it is', async () => {
  using place = folder();
  mkdirSync(join(place.path, 'data'));
  const file = join(place.path, 'data/backplane.db');
  writeFileSync(file, 'not a database at all');
  const host = createFakePluginHost();
  await assert.rejects(start(place.path, {}, host), (error) => isServerError(error, 'store_corrupt'));
  assert.equal(readFileSync(file, 'utf8'), 'not a database at all');
  assert.equal(host.isDisposed, true);
});

test('a wrong provisioning file stops the start and names its line', async () => {
  using place = folder();
  mkdirSync(join(place.path, 'conf/provisioning/plugins'), { recursive: true });
  writeFileSync(join(place.path, 'conf/provisioning/plugins/a.yaml'), 'apps:\n  - type: acme-nothing-app\n');
  await assert.rejects(
    start(place.path),
    (error) => isServerError(error, 'provisioning_invalid') && /a\.yaml:2: type names acme-nothing-app/.test(error.message),
  );
});

test('closing twice is fine, disposes the plugin host and frees the port', async () => {
  await using server = await listenTestServer();
  await Promise.all([server.close(), server.close()]);
  assert.equal(server.host.isDisposed, true);
  await assert.rejects(fetch(server.address.url));
});

test('a call that does not end is broken off when the time for stopping is over', async () => {
  const files = { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' };
  await using server = await listenTestServer({ files, env: { GF_BACKPLANE_SHUTDOWN_TIMEOUT: '50ms' } });
  const body = JSON.stringify({ queries: [{ datasource: { uid: 'a' }, mode: 'hang' }] });
  const pending = fetch(`${server.address.url}/api/ds/query`, {
    method: 'POST',
    body,
    headers: { ...asAdmin, 'content-type': 'application/json' },
  });
  const failed = assert.rejects(pending);
  while (server.host.calls.queries.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await server.close();
  await server.host.cancelled;
  await failed;
});

test('keys that are not followed are named in one warning', async () => {
  await using server = await listenTestServer({ env: { GF_SMTP_HOST: 'x', GF_ALERTING_ENABLED: 'true' } });
  const warnings = server.lines.filter((line) => line.includes('not followed'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /GF_ALERTING_ENABLED, GF_SMTP_HOST/);
});

test('more provisioning folders are applied together with the configured one', async () => {
  using place = folder();
  for (const [root, name] of [
    ['conf/provisioning', 'one'],
    ['extra', 'two'],
  ] as const) {
    mkdirSync(join(place.path, root, 'datasources'), { recursive: true });
    writeFileSync(join(place.path, root, 'datasources/a.yaml'), `prune: true\ndatasources: [{ name: ${name}, uid: ${name}, type: t }]`);
  }
  const config = loadConfig({ homePath: place.path, env: { GF_SERVER_HTTP_PORT: '0', GF_SECURITY_ADMIN_PASSWORD: ADMIN_PASSWORD } });
  const extraProvisioning = [join(place.path, 'extra')];
  for (let round = 0; round < 2; round++) {
    await using server = await startServer({
      config,
      host: createFakePluginHost(),
      logger: quiet,
      env: {},
      passwordCost: 2 ** 4,
      extraProvisioning,
    });
    const response = await fetch(`${server.address.url}/api/datasources`, { headers: asAdmin });
    assert.deepEqual(
      ((await response.json()) as { uid: string }[]).map(({ uid }) => uid),
      ['one', 'two'],
    );
  }
});
