import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCache } from './cache.ts';

test('a value is loaded once while it is fresh, by all who ask at the same time', async () => {
  let nowMs = 0;
  let loads = 0;
  const cache = createCache({ now: () => nowMs });
  const get = () => cache.get('a', 100, async () => ++loads);
  assert.deepEqual(await Promise.all([get(), get()]), [1, 1]);
  nowMs = 99;
  assert.equal(await get(), 1);
  nowMs = 100;
  assert.equal(await get(), 2);
  cache.delete('a');
  assert.equal(await get(), 3);
});

test('a failed load is told to all who waited, and not kept', async () => {
  const cache = createCache();
  let fails = true;
  const get = () => cache.get('a', 1000, () => (fails ? Promise.reject(new Error('down')) : 'up'));
  const both = await Promise.allSettled([get(), get()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  fails = false;
  assert.equal(await get(), 'up');
});

test('the entry that was least recently asked for goes first', async () => {
  const cache = createCache({ maxEntries: 2 });
  const loaded: string[] = [];
  const get = (key: string) => cache.get(key, 1000, () => void loaded.push(key));
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
  assert.deepEqual(loaded, ['a', 'b', 'c', 'b']);
});
