import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openStore } from './index.ts';

async function withStores(work: (first: ReturnType<typeof openStore>, second: ReturnType<typeof openStore>) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-store-'));
  try {
    await using first = openStore(join(folder, 'a.db'));
    await using second = openStore(join(folder, 'a.db'));
    await work(first, second);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const write = ({ db }: ReturnType<typeof openStore>, value: string) =>
  db
    .insertInto('kv')
    .values({ namespace: 'n', key: 'k', value, updated_at: 1 })
    .onConflict((conflict) => conflict.columns(['namespace', 'key']).doUpdateSet({ value }))
    .execute();

test('what was read is remembered until this or another connection writes', () =>
  withStores(async (first, second) => {
    let reads = 0;
    const read = () =>
      first.remember('kv', async () => {
        reads++;
        return (await first.db.selectFrom('kv').select('value').executeTakeFirst())?.value;
      });
    assert.deepEqual([await read(), await read(), reads], [undefined, undefined, 1]);
    await write(first, 'a');
    assert.deepEqual([await read(), await read(), reads], ['a', 'a', 2]);
    await write(second, 'b');
    await setImmediate(); // others are noticed in the next turn of the event loop
    assert.deepEqual([await read(), await read(), reads], ['b', 'b', 3]);
  }));

test('what is read while somebody writes is not remembered, and neither is a failure', () =>
  withStores(async (store) => {
    let reads = 0;
    const during = await store.remember('kv', async () => {
      await write(store, 'new');
      return 'old';
    });
    assert.equal(during, 'old');
    await assert.rejects(store.remember('kv', () => Promise.reject(new Error('once'))));
    assert.equal(await store.remember('kv', async () => `read ${++reads}`), 'read 1');
  }));
