import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HostError, type HostErrorCode } from '../errors/index.ts';
import { parseManifest } from './index.ts';

const minimal = { id: 'acme-ds-datasource', type: 'datasource', name: 'Acme' };

function failure<Code extends HostErrorCode>(text: string, code: Code): HostError<Code> {
  try {
    parseManifest(text, 'plugin.json');
  } catch (error) {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, code);
    return error as HostError<Code>;
  }
  assert.fail('no error');
}

describe('parseManifest', () => {
  test('a minimal plugin.json gets empty values for all that is absent or null [D1]', () => {
    const manifest = parseManifest(JSON.stringify({ ...minimal, executable: null, includes: null }), 'plugin.json');
    assert.equal(manifest.backend, false);
    assert.equal(manifest.executable, '');
    assert.deepEqual(manifest.includes, []);
    assert.equal(manifest.dependencies.grafanaVersion, '*');
    assert.deepEqual(manifest.info.logos, { small: '', large: '' });
  });

  test('raw keeps the whole document, fields unknown to the host included', () => {
    const document = { ...minimal, $schema: 'x', extensions: { addedLinks: [] }, info: { version: '1.2.3', build: { time: 1 } } };
    const manifest = parseManifest(`\ufeff${JSON.stringify(document)}`, 'plugin.json');
    assert.deepEqual(manifest.raw, document);
    assert.equal(manifest.info.version, '1.2.3');
  });

  test('a route keeps headers, body and token settings in its raw row', () => {
    const row = { path: 'secure', url: 'https://x', method: null, headers: [{ name: 'A', content: 'b' }], tokenAuth: { url: 'u' } };
    const manifest = parseManifest(JSON.stringify({ ...minimal, routes: [row] }), 'plugin.json');
    assert.equal(manifest.routes[0]?.path, 'secure');
    assert.deepEqual(manifest.routes[0]?.raw.headers, row.headers);
    assert.deepEqual(manifest.routes[0]?.raw.tokenAuth, row.tokenAuth);
  });

  test('text that is not JSON is reported with line, column and reason', () => {
    const { facts, message } = failure('{\n  "id": "acme-ds-datasource",\n  type: 1\n}', 'manifest_not_json');
    assert.deepEqual([facts.line, facts.column], [3, 3]);
    assert.match(message, /plugin\.json is not JSON: line 3, column 3: Expected double-quoted property name/);
  });

  test('the position is found where the message of JSON.parse has none', () => {
    for (const [text, line, column] of [
      ['hello', 1, 1],
      ['{"a": x}', 1, 7],
      ['{\n"a": [1, 2', 2, 11],
      ['', 1, 1],
      ['{"a":"x\ny"}', 1, 8],
      ['{} trailing', 1, 4],
    ] as const) {
      const { facts } = failure(text, 'manifest_not_json');
      assert.deepEqual([facts.line, facts.column], [line, column], text);
    }
  });

  test('a field of the wrong type is reported by its path, with the plugin id', () => {
    const text = JSON.stringify({ ...minimal, backend: 'yes', includes: [{ type: 'page', addToNav: 1 }] });
    const { facts } = failure(text, 'manifest_invalid');
    assert.equal(facts.pluginId, minimal.id);
    assert.deepEqual(
      facts.issues.map((issue) => issue.split(':')[0]),
      ['backend', 'includes[0].addToNav'],
    );
  });

  test('a document that is no object is reported', () => {
    for (const text of ['[]', 'null', '"x"', '3']) failure(text, 'manifest_invalid');
  });

  test('a type that is no plugin type is named [D1] [D2]', () => {
    assert.match(failure(JSON.stringify({ ...minimal, type: 'renderer' }), 'manifest_invalid').message, /type: is "renderer", but must be/);
    assert.match(failure(JSON.stringify({ id: minimal.id }), 'manifest_invalid').message, /type: is missing/);
  });

  test('ids of plugins that Grafana runs are taken, whatever its catalog wants', () => {
    for (const id of ['prometheus', 'acme-ref-min-datasource', 'grafana-azure-monitor-datasource', 'In_house.plugin-2']) {
      assert.equal(parseManifest(JSON.stringify({ ...minimal, id }), 'plugin.json').id, id);
    }
  });

  test('a missing id and a bad id are told apart [D1] [D2]', () => {
    assert.match(failure(JSON.stringify({ type: 'app' }), 'manifest_invalid').message, /id: is missing/);
    for (const id of ['../etc', 'a/b', 'a b', '-acme', 'acme--app', 'acme-ds-app\n', 'a%2f', 'ä', 'a'.repeat(200)]) {
      assert.equal(failure(JSON.stringify({ ...minimal, id }), 'plugin_id_invalid').facts.pluginId, id);
    }
  });
});
