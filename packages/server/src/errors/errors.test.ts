import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVER_ERROR_CODES, ServerError, type ServerErrorRow } from './index.ts';

test('every code that a client can meet has a status of an error and a text', () => {
  for (const [code, { reply }] of Object.entries(SERVER_ERROR_CODES as Record<string, ServerErrorRow>)) {
    if (reply === undefined) continue;
    assert.ok(reply.status >= 400 && reply.status < 600 && reply.text !== '', code);
    assert.equal(reply.messageId !== undefined, reply.form === 'errutil' || reply.form === 'unauthorized', code);
  }
});

test('5xx is for what the server, a plugin or an upstream did', () => {
  const wrong = Object.entries(SERVER_ERROR_CODES as Record<string, ServerErrorRow>).filter(
    ([, { fault, reply }]) => fault === 'caller' && reply !== undefined && reply.status >= 500,
  );
  assert.deepEqual(
    wrong.map(([code]) => code),
    [],
  );
});

test('a message for operators says what was seen, a reply only what Grafana says', () => {
  const error = new ServerError('plugin_request_failed', { detail: 'rpc error at /tmp/socket' });
  assert.equal(error.message, 'rpc error at /tmp/socket');
  assert.equal(error.reply?.text, 'An error occurred within the plugin');
  assert.equal(error.fault, 'plugin');
});

test('facts are filled into the text for clients', () => {
  const { reply } = new ServerError('access_denied', { actions: 'datasources:write' });
  assert.equal(reply?.text, "You'll need additional permissions to perform this action. Permissions needed: datasources:write");
});
