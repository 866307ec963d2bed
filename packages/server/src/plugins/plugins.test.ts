import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError, parseManifest } from '@backplane/host';
import { isServerError } from '../errors/index.ts';
import { createFakePluginHost } from '../fixtures/fake-plugin-host.ts';
import { openTestServer } from '../fixtures/test-server.ts';
import { describeCallError, PluginCatalog, toCallError, toListItem, toSettings } from './index.ts';

const failed = (
  code: 'request_failed' | 'connection_lost' | 'method_not_implemented' | 'resource_exhausted' | 'request_cancelled',
  grpcCodeName = 'UNKNOWN',
) => new HostError(code, { pluginId: 'acme', endpoint: 'queryData', detail: 'acme: whole', grpcCode: 2, grpcCodeName });

test('failed calls become the codes that clients know', () => {
  const code = (error: unknown, kind: 'query' | 'resource' | 'health' | 'metrics') => {
    const known = toCallError(error, kind);
    return isServerError(known) ? known.code : undefined;
  };
  assert.equal(code(failed('request_failed'), 'query'), 'plugin_request_failed');
  assert.equal(code(failed('connection_lost'), 'query'), 'plugin_connection_lost');
  assert.equal(code(failed('connection_lost'), 'resource'), 'plugin_request_failed');
  assert.equal(code(failed('method_not_implemented'), 'query'), 'plugin_not_implemented');
  assert.equal(code(failed('method_not_implemented'), 'resource'), 'plugin_request_failed');
  assert.equal(code(failed('resource_exhausted'), 'query'), 'plugin_response_too_large');
  assert.equal(code(failed('request_cancelled'), 'resource'), 'plugin_request_cancelled');
  assert.equal(code(failed('request_failed'), 'health'), 'plugin_health_check_failed');
  const late = new HostError('call_timeout', { pluginId: 'a', endpoint: 'queryData', waitedMs: 1 });
  assert.deepEqual(
    [code(late, 'query'), code(late, 'resource'), code(late, 'health')],
    ['plugin_timeout', 'plugin_timeout', 'plugin_health_check_failed'],
  );
  assert.equal(code(new HostError('plugin_unavailable', { pluginId: 'a', detail: 'd' }), 'health'), 'plugin_unavailable');
  assert.equal(code(new DOMException('gone', 'AbortError'), 'query'), 'plugin_request_cancelled');
  const bug = new TypeError('a bug stays a bug');
  assert.equal(toCallError(bug, 'query'), bug);
});

test("the text inside a result names the gRPC error in Go's words", () => {
  const text = (error: unknown) => describeCallError(toCallError(error, 'query'));
  assert.equal(
    text(failed('request_failed')),
    '[plugin.requestFailureError] client: failed to query data: Failed to query data: rpc error: code = Unknown desc = acme: whole',
  );
  assert.equal(
    text(failed('connection_lost', 'UNAVAILABLE')),
    '[plugin.connectionUnavailable] rpc error: code = Unavailable desc = acme: whole',
  );
  assert.match(text(failed('request_failed', 'DEADLINE_EXCEEDED')), /code = DeadlineExceeded/);
  assert.match(text(failed('request_failed', 'CANCELLED')), /code = Canceled/);
});

test('absent lists are null, empty ones empty, and logos have a default [D10]', () => {
  const plugin = (raw: Record<string, unknown>) => {
    const manifest = parseManifest(JSON.stringify({ id: 'acme-x-app', type: 'app', name: 'X', ...raw }), 'plugin.json');
    const [fake] = createFakePluginHost([{ id: 'acme-x-app', type: 'app' }]).plugins();
    assert.ok(fake);
    return { ...fake, manifest };
  };
  const state = { enabled: true, pinned: false, jsonData: null, secureJsonFields: {} };
  const info = (raw: Record<string, unknown>) => toListItem(plugin(raw), state).info as Record<string, unknown>;
  assert.deepEqual([info({}).keywords, info({}).links, info({}).screenshots], [null, null, null]);
  assert.deepEqual(info({ info: { keywords: [], links: [] } }).keywords, []);
  assert.deepEqual(info({}).logos, { small: 'public/img/icn-app.svg', large: 'public/img/icn-app.svg' });
  const includes = [
    { type: 'page', name: 'My Home', defaultNav: true },
    { type: 'page', name: 'Admin', role: 'Admin' },
  ];
  const settings = toSettings(plugin({ includes }), state);
  assert.equal(settings.defaultNavUrl, '/plugins/acme-x-app/page/my-home');
  assert.deepEqual(
    (settings.includes as Record<string, unknown>[]).map(({ role, action, slug }) => [role, action, slug]),
    [
      ['Viewer', 'plugins.app:access', 'my-home'],
      ['Admin', undefined, 'admin'],
    ],
  );
});

test('a plugin is found by its id and by its aliases', () => {
  const catalog = new PluginCatalog(
    createFakePluginHost([{ id: 'acme-new-datasource', type: 'datasource', more: { aliasIDs: ['acme-old'], name: 'New' } }]),
  );
  assert.equal(catalog.get('acme-old').id, 'acme-new-datasource');
  assert.deepEqual(catalog.face('acme-old'), { typeName: 'New', typeLogoUrl: 'public/plugins/acme-new-datasource/img/logo.svg' });
  assert.deepEqual(catalog.face('nothing'), { typeName: '', typeLogoUrl: 'public/img/icn-datasource.svg' });
  assert.throws(
    () => catalog.get('nothing'),
    (error) => isServerError(error, 'plugin_not_registered'),
  );
});

test('plugins below the folder of shipped ones count as core', () => {
  const host = createFakePluginHost([
    { id: 'acme-a-datasource', type: 'datasource', folder: '/shipped/a' },
    { id: 'acme-b-datasource', type: 'datasource', folder: '/shipped-not/b' },
  ]);
  const catalog = new PluginCatalog(host, '/shipped');
  assert.deepEqual(
    catalog.list().map((plugin) => catalog.isCore(plugin)),
    [true, false],
  );
});

test('an app from a file is enabled, pinned and gets its secrets', async () => {
  const file = 'apps:\n  - { type: acme-ref-app, jsonData: { note: $NOTE }, secureJsonData: { token: $TOKEN } }';
  await using server = await openTestServer({ files: { 'plugins/a.yaml': file }, env: { NOTE: 'filled in', TOKEN: 'canary-secret' } });
  const { body } = await server.call('GET', '/api/plugins/acme-ref-app/settings');
  assert.deepEqual([body.enabled, body.pinned, body.jsonData, body.secureJsonFields], [true, true, { note: 'filled in' }, { token: true }]);
  await server.call('GET', '/api/plugins/acme-ref-app/resources/echo');
  assert.deepEqual(server.host.calls.resources[0]?.context.app?.secureJsonData, { token: 'canary-secret' });
});
