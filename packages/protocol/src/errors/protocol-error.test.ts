import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProtocolError, ProtocolError, quote } from './index.ts';

test('an error carries its code, its facts, whose fault it is, and the cause', () => {
  const cause = new Error('bad');
  const error = new ProtocolError('handshake_app_incompatible', { value: 1, accepted: 2 }, { cause });
  assert.equal(error.code, 'handshake_app_incompatible');
  assert.equal(error.fault, 'plugin');
  assert.deepEqual(error.facts, { value: 1, accepted: 2 });
  assert.equal(error.cause, cause);
  assert.equal(error.message, 'incompatible API version with plugin. Plugin version: 1, Client versions: [2]');
});

test('isProtocolError narrows by code', () => {
  const error: unknown = new ProtocolError('cookie_missing', undefined);
  assert.ok(isProtocolError(error));
  assert.ok(isProtocolError(error, 'cookie_missing'));
  assert.ok(!isProtocolError(error, 'not_serving'));
  assert.ok(!isProtocolError(new Error('cookie_missing')));
});

test('a message repeats at most 2048 characters of what a plugin printed', () => {
  const { message, facts } = new ProtocolError('handshake_unrecognized', { line: 'x'.repeat(65_536), sawLine: true });
  assert.ok(message.length < 3000, `${message.length} characters`);
  assert.equal(facts.line.length, 65_536);
});

test('text is quoted as Go quotes it', () => {
  assert.equal(quote('foo'), '"foo"');
  assert.equal(quote('a"b\\c\n\x01é'), '"a\\"b\\\\c\\n\\x01é"');
});
