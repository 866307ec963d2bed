import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnostics } from '@backplane/protocol/pluginv2';
import { startTestPlugin, testContext } from './fixtures/test-plugin.ts';
import { traceparentOf } from './traceparent.ts';

const FORM = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

test('a call belongs to the span that is given', () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  assert.equal(traceparentOf(given), given);
});

test('without a trace, or with one that is malformed, a new one begins', () => {
  const zeros = '0'.repeat(32);
  for (const parent of [undefined, '', 'x', `00-${zeros}-b7ad6b7169203331-01`, `00-${zeros.slice(1)}1-${zeros.slice(16)}-01`]) {
    assert.match(traceparentOf(parent), FORM);
  }
  const traces = new Set(Array.from({ length: 1000 }, () => traceparentOf(undefined).slice(3, 35)));
  assert.equal(traces.size, 1000);
});

test('every call carries it', async () => {
  const seen: (string | undefined)[] = [];
  await using plugin = await startTestPlugin((server) =>
    server.unary(diagnostics.checkHealth, (_, { metadata }) => {
      seen.push(metadata.get('traceparent'));
      return { status: 1 };
    }),
  );
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await plugin.client.checkHealth({ context: testContext, headers: {} }, { traceparent });
  await plugin.client.checkHealth({ context: testContext, headers: {} });
  assert.equal(seen[0], traceparent);
  assert.match(seen[1] ?? '', FORM);
});
