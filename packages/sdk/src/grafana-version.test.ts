import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUserAgent } from './grafana-version.ts';

test('a Grafana says its version, and whether it is another one or later', () => {
  const grafana = parseUserAgent('Grafana/12.4.0-pre+1 (linux; amd64)');
  assert.deepEqual([grafana.version, grafana.os, grafana.arch], ['12.4.0-pre+1', 'linux', 'amd64']);
  for (const version of ['12.4.0', '12.4', '12', '11.99.99', '9']) assert.equal(grafana.atLeast(version), true, version);
  for (const version of ['12.4.1', '12.10', '13']) assert.equal(grafana.atLeast(version), false, version);
});

test('what is no user agent of Grafana is an unknown one', () => {
  for (const text of ['', 'curl/8', 'Grafana/12 (linux; amd64)', 'Grafana/12.4.0'])
    assert.deepEqual([parseUserAgent(text).version, parseUserAgent(text).atLeast('0.0.0')], ['0.0.0', false]);
});
