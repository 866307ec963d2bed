import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchHost } from './watch-host.ts';

test('a new parent, or a parent whose pid is free, means that the host is gone', async () => {
  for (const change of ['parent', 'pid'] as const) {
    const gone = Promise.withResolvers<void>();
    let isGone = false;
    const lifetime = new AbortController();
    // The watch keeps no process alive, so the test does.
    const alive = setInterval(() => {}, 1000);
    watchHost({
      parentPid: () => (isGone && change === 'parent' ? 1 : 4242),
      isAlive: () => !(isGone && change === 'pid'),
      signal: lifetime.signal,
      onGone: gone.resolve,
    });
    isGone = true;
    await gone.promise;
    clearInterval(alive);
    lifetime.abort();
  }
  assert.ok(true);
});
