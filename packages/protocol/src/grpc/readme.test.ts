import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echo, freshAddress } from './fixtures/echo.ts';
import { connect, createServer } from './index.ts';

test('the example of the README works', async () => {
  const { signal } = new AbortController();
  await using server = createServer();
  server.unary(echo, async (text) => `you said ${text}`);
  const { address } = await server.listen(freshAddress());
  await using channel = await connect(address);
  assert.equal(await channel.unary(echo, 'hello', { timeoutMs: 10_000, signal }), 'you said hello');
});
