import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstanceCache, type InstanceCacheOptions } from './instance-cache.ts';

interface Source {
  readonly stamp: number;
}

class Thing {
  readonly stamp: number;
  disposals = 0;
  constructor(stamp: number) {
    this.stamp = stamp;
  }
  async [Symbol.asyncDispose]() {
    this.disposals++;
  }
}

function cacheOf(options: Partial<InstanceCacheOptions<Source, Thing>> = {}) {
  const made: Thing[] = [];
  const cache = new InstanceCache<Source, Thing>({
    create: async ({ stamp }) => {
      const thing = new Thing(stamp);
      made.push(thing);
      return thing;
    },
    same: (a, b) => a.stamp === b.stamp,
    onDisposeError: (error) => assert.fail(String(error)),
    ...options,
  });
  return { cache, made };
}

test('callers that ask at the same time share one instance', async () => {
  const { cache, made } = cacheOf();
  const leases = await Promise.all(Array.from({ length: 50 }, () => cache.acquire('a', { stamp: 1 })));
  assert.equal(made.length, 1);
  for (const lease of leases) assert.equal(lease.instance, made[0]);
  await cache.acquire('b', { stamp: 1 });
  assert.equal(made.length, 2);
});

test('a caller that gives up does not wait for an instance that never opens, and holds nothing of it', async () => {
  const opening = Promise.withResolvers<Thing>();
  const { cache } = cacheOf({ create: () => opening.promise });
  const controller = new AbortController();
  const waiting = assert.rejects(cache.acquire('a', { stamp: 1 }, controller.signal), /the user left/);
  const patient = cache.acquire('a', { stamp: 1 });
  controller.abort(new Error('the user left'));
  await waiting;
  const thing = new Thing(1);
  opening.resolve(thing);
  const lease = await patient;
  const disposed = cache[Symbol.asyncDispose]();
  assert.equal(thing.disposals, 0, 'the patient one uses it');
  lease.release();
  await disposed;
  assert.equal(thing.disposals, 1);
});

test('a replaced instance is disposed once, when its last user is done', async () => {
  const { cache, made } = cacheOf();
  const first = await cache.acquire('a', { stamp: 1 });
  const alsoFirst = await cache.acquire('a', { stamp: 1 });
  const second = await cache.acquire('a', { stamp: 2 });
  assert.notEqual(first.instance, second.instance);
  first.release();
  first.release();
  await Promise.resolve();
  assert.equal(made[0]?.disposals, 0, 'still in use');
  alsoFirst.release();
  second.release();
  await cache[Symbol.asyncDispose]();
  assert.deepEqual(
    made.map((thing) => thing.disposals),
    [1, 1],
  );
  assert.equal(cache.size, 0);
});

test('an instance replaced while it opens is disposed after its callers used it', async () => {
  const gate = Promise.withResolvers<void>();
  const made: Thing[] = [];
  const { cache } = cacheOf({
    create: async ({ stamp }) => {
      if (stamp === 1) await gate.promise;
      made.push(new Thing(stamp));
      return made.at(-1) as Thing;
    },
  });
  const early = cache.acquire('a', { stamp: 1 });
  const late = await cache.acquire('a', { stamp: 2 });
  gate.resolve();
  const lease = await early;
  assert.equal(lease.instance.stamp, 1);
  assert.equal(lease.instance.disposals, 0);
  lease.release();
  late.release();
  await cache[Symbol.asyncDispose]();
  assert.deepEqual(
    made.map((thing) => thing.disposals),
    [1, 1],
  );
});

test('a failed create rejects everybody who waited and is tried again by the next call', async () => {
  let attempts = 0;
  const { cache } = cacheOf({
    create: ({ stamp }) => {
      attempts++;
      if (attempts === 1) throw new Error('no route');
      return new Thing(stamp);
    },
  });
  const results = await Promise.allSettled([cache.acquire('a', { stamp: 1 }), cache.acquire('a', { stamp: 1 })]);
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? (result.reason as Error).message : 'opened')),
    ['no route', 'no route'],
  );
  assert.equal((await cache.acquire('a', { stamp: 1 })).instance.stamp, 1);
  assert.equal(attempts, 2);
  assert.equal(cache.size, 1);
});

test('disposing waits for the instances in use', async () => {
  const { cache, made } = cacheOf();
  const lease = await cache.acquire('a', { stamp: 1 });
  let gone = false;
  const disposed = cache[Symbol.asyncDispose]().then(() => {
    gone = true;
  });
  await new Promise(setImmediate);
  assert.equal(gone, false);
  lease.release();
  await disposed;
  assert.equal(made[0]?.disposals, 1);
});

test('what a disposer throws is reported and does not stop the others', async () => {
  const reported: unknown[] = [];
  const cache = new InstanceCache<Source, Disposable>({
    create: ({ stamp }) => ({
      [Symbol.dispose]() {
        if (stamp === 1) throw new Error('pool is closed');
      },
    }),
    same: (a, b) => a.stamp === b.stamp,
    onDisposeError: (error) => reported.push(error),
  });
  for (const stamp of [1, 2, 3]) (await cache.acquire('a', { stamp })).release();
  await cache[Symbol.asyncDispose]();
  assert.deepEqual(
    reported.map((error) => (error as Error).message),
    ['pool is closed'],
  );
});

test('an instance that nobody used between two looks is retired, one in use or used meanwhile is not', async () => {
  const { cache, made } = cacheOf();
  (await cache.acquire('idle', { stamp: 1 })).release();
  const busy = await cache.acquire('busy', { stamp: 2 });
  (await cache.acquire('again', { stamp: 3 })).release();
  cache.retireIdle();
  assert.equal(cache.size, 3, 'all were used before the first look');
  (await cache.acquire('again', { stamp: 3 })).release();
  cache.retireIdle();
  await new Promise(setImmediate);
  assert.deepEqual(
    made.map(({ stamp, disposals }) => [stamp, disposals]),
    [
      [1, 1],
      [2, 0],
      [3, 0],
    ],
  );
  busy.release();
  cache.retireIdle();
  await new Promise(setImmediate);
  assert.equal(cache.size, 1, 'busy was used until now');
  const fresh = await cache.acquire('idle', { stamp: 1 });
  assert.equal(made.length, 4);
  fresh.release();
  await cache[Symbol.asyncDispose]();
  assert.ok(made.every(({ disposals }) => disposals === 1));
});

test('a thousand changes under load dispose every instance once and never in use', async () => {
  const { cache, made } = cacheOf();
  const use = async (stamp: number) => {
    const lease = await cache.acquire('a', { stamp });
    await new Promise(setImmediate);
    assert.equal(lease.instance.disposals, 0);
    lease.release();
  };
  await Promise.all(Array.from({ length: 3000 }, (_, i) => use(Math.floor(i / 3))));
  assert.equal(cache.size, 1, 'only the last one stays');
  await cache[Symbol.asyncDispose]();
  assert.equal(made.length, 1000);
  assert.ok(made.every((thing) => thing.disposals === 1));
});

test('nothing is opened once the cache is disposed: nobody would close it', async () => {
  const { cache, made } = cacheOf();
  await cache[Symbol.asyncDispose]();
  await assert.rejects(cache.acquire('a', { stamp: 1 }), { name: 'AbortError', message: 'the plugin is stopping' });
  assert.deepEqual(made, []);
});
