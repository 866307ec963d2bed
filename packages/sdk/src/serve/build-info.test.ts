import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerBuildFlags, buildInfo } from './build-info.ts';

test('a built plugin says what it is, one from its sources that it was not built', () => {
  const info = { time: 1, pluginID: 'acme-datasource', version: '1.2.3' };
  assert.equal(answerBuildFlags(['-buildinfo'], info), '{"time":1,"pluginID":"acme-datasource","version":"1.2.3"}\n');
  assert.equal(answerBuildFlags(['--version'], info), '1.2.3\n');
  assert.equal(answerBuildFlags(['-standalone'], info), undefined);
  assert.equal(buildInfo, undefined);
  assert.equal(answerBuildFlags(['-version'], buildInfo), 'not built\n');
  assert.equal(answerBuildFlags(['-buildinfo'], buildInfo), '{}\n');
});
