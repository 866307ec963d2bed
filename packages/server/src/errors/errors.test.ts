import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SERVER_ERROR_CODES, ServerError, type ServerErrorCode, type ServerErrorRow } from './index.ts';

const page = join(import.meta.dirname, '../../../../docs/errors.md');

function documented(): string[] {
  const section =
    readFileSync(page, 'utf8')
      .split(/^## /m)
      .find((part) => part.startsWith('Server\n')) ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

test('docs/errors.md has a row for every code, and no other', () => {
  const rows = Object.entries(SERVER_ERROR_CODES as Record<ServerErrorCode, ServerErrorRow>).map(
    ([code, { fault, reply, description }]) => `| \`${code}\` | ${fault} | ${reply?.status ?? ''} | ${description} |`,
  );
  assert.deepEqual(documented(), rows);
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
