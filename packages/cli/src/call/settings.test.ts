import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../terminal/index.ts';
import { type CallSettings, readSettings } from './settings.ts';

const TARGET = { pluginId: 'acme-ds', type: 'datasource' };

function read(content: string, target = TARGET): CallSettings {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-settings-'));
  try {
    writeFileSync(join(folder, 's.json'), content);
    return readSettings(join(folder, 's.json'), target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a whole settings file becomes the plugin context', () => {
  const { context, headers, warnings } = read(`{
    "pluginId": "acme-ds", "pluginVersion": "1.0.0", "orgId": 7, "namespace": "org-7", "userAgent": "Grafana/13.0.0 (linux; arm64)",
    "apiVersion": "v1", "user": {"login": "ada", "name": "Ada", "email": "ada@example.org", "role": "Editor"},
    "config": {"GF_SQL_ROW_LIMIT": "5"}, "headers": {"http_X-A": "b"},
    "dataSource": {"id": 3, "uid": "u", "type": "acme-ds", "name": "N", "url": "http://h", "user": "me", "database": "d", "basicAuthEnabled": true,
      "basicAuthUser": "bu", "jsonData": {"big": 9223372036854775807, "x": 1.50}, "secureJsonData": {"key": "s"}, "updated": "2026-01-02T03:04:05Z", "apiVersion": "v2"}}`);
  assert.deepEqual(warnings, []);
  assert.deepEqual(headers, { 'http_X-A': 'b' });
  assert.deepEqual(context, {
    orgId: 7,
    namespace: 'org-7',
    userAgent: 'Grafana/13.0.0 (linux; arm64)',
    apiVersion: 'v1',
    user: { login: 'ada', name: 'Ada', email: 'ada@example.org', role: 'Editor' },
    config: { GF_SQL_ROW_LIMIT: '5' },
    app: undefined,
    dataSource: {
      id: 3,
      uid: 'u',
      type: 'acme-ds',
      name: 'N',
      url: 'http://h',
      user: 'me',
      database: 'd',
      basicAuthEnabled: true,
      basicAuthUser: 'bu',
      jsonData: '{"big":9223372036854775807,"x":1.50}',
      secureJsonData: { key: 's' },
      updatedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      apiVersion: 'v2',
    },
  });
});

test('without a file a data source gets empty data source settings, an app those of an app', () => {
  const dataSource = readSettings(undefined, TARGET).context;
  assert.equal(dataSource.dataSource?.jsonData, '{}');
  assert.equal(dataSource.app, undefined);
  assert.equal(dataSource.user, undefined);
  const app = readSettings(undefined, { pluginId: 'acme-app', type: 'app' }).context;
  assert.deepEqual([app.app?.jsonData, app.dataSource], ['{}', undefined]);
});

test('jsonData given as text is handed over as it is', () => {
  assert.equal(read('{"dataSource": {"jsonData": "{ \\"a\\":1 }"}}').context.dataSource?.jsonData, '{ "a":1 }');
});

test('keys that are not used, and settings of another plugin, are pointed out', () => {
  const { warnings } = read('{"pluginId": "other", "jsonData": {}, "usr": {}, "dataSource": {"secureJsondata": {}}}');
  assert.match(warnings.join('\n'), /is for plugin other, and this is acme-ds/);
  assert.match(warnings.join('\n'), /the key jsonData, which is not used; did you mean dataSource\.jsonData\?/);
  assert.match(warnings.join('\n'), /the key usr, which is not used; did you mean user\?/);
  assert.match(warnings.join('\n'), /the key dataSource\.secureJsondata, which is not used; did you mean secureJsonData\?/);
});

test('what is wrong is named with its file and key', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /s\.json is no JSON/],
    ['[]', /the document is no JSON object/],
    ['{"orgId": "1"}', /orgId is no number/],
    ['{"config": {"A": 1}}', /config\.A is no text/],
    ['{"dataSource": 1}', /dataSource is no JSON object/],
    ['{"dataSource": {"updated": "yesterday"}}', /updated is no time/],
  ];
  for (const [content, message] of cases)
    assert.throws(
      () => read(content),
      (error) => error instanceof UsageError && message.test(error.message),
      content,
    );
  assert.throws(() => readSettings('/no/such.json', TARGET), /the settings file \/no\/such\.json cannot be read/);
});
