import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { frame } from '@backplane/frames';
import { data } from '@backplane/protocol/pluginv2';
import { dataSource } from '../declare.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

// A process of its own, for the collector.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const CHANGES = 1000;
const CALLS_AT_A_TIME = 16;

test('a thousand changes of settings under load dispose each instance once, never in use, and nothing of them stays', async () => {
  const made: { readonly ref: WeakRef<object>; readonly life: { uses: number; disposals: number } }[] = [];
  const plugin = dataSource({
    id: 'acme-datasource',
    create() {
      const life = { uses: 0, disposals: 0 };
      const instance = {
        life,
        memory: new Uint8Array(100_000),
        async [Symbol.asyncDispose]() {
          assert.equal(life.uses, 0, 'disposed while in use');
          life.disposals++;
        },
      };
      made.push({ ref: new WeakRef(instance), life });
      return instance;
    },
    async query(_q, { life }) {
      assert.equal(life.disposals, 0, 'used after its end');
      life.uses++;
      await new Promise(setImmediate);
      life.uses--;
      return frame('', {});
    },
  });
  await using served = await servePlugin(plugin);
  let change = 0;
  const worker = async () => {
    while (change < CHANGES) {
      const pluginContext = sourceContext({ updated: BigInt(++change) });
      const request = { pluginContext, queries: [{ refId: 'A', json: Buffer.from('{}') }] };
      const { responses } = await served.channel.unary(data.queryData, request);
      assert.equal(responses.A?.error, '');
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, worker));
  assert.ok(made.length >= CHANGES, `${made.length}`);
  assert.equal(made.filter(({ life }) => life.disposals === 0).length, 1, 'only the last one stays');
  // What is held only by the turn that just ran is let go by the next one.
  await new Promise(setImmediate);
  collect();
  await new Promise(setImmediate);
  collect();
  const kept = made.filter(({ ref }) => ref.deref() !== undefined).length;
  assert.ok(kept <= CALLS_AT_A_TIME, `${kept} instances are still in memory`);
  await served.runtime[Symbol.asyncDispose]();
  assert.ok(made.every(({ life }) => life.disposals === 1));
});
