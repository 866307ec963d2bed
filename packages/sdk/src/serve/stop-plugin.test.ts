import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopLimits, stopPlugin } from './stop-plugin.ts';

const never = new Promise<never>(() => undefined);

/** A plugin whose steps of the way down are written down; those of `hanging` never end. */
function recorder(...hanging: string[]) {
  const seen: string[] = [];
  const step = (name: string) => async () => {
    seen.push(name);
    if (hanging.includes(name)) await never;
  };
  const runtime = { drain: step('drain'), [Symbol.asyncDispose]: step('dispose') };
  return { seen, runtime, server: { drain: step('disconnect') }, log: { warn: (message: string) => void seen.push(message) } };
}

test('what hangs is left after its wait, and all waits together leave a host that kills after 2 s a fifth of that', async () => {
  const { seen, ...options } = recorder('drain', 'disconnect', 'dispose');
  await stopPlugin({ ...options, limits: { drainMs: 1, disconnectMs: 1, disposeMs: 1 } });
  assert.deepEqual(seen, ['drain', 'disconnect', 'dispose', 'Instances were not disposed in time']);
  const longestMs = Object.values(stopLimits).reduce((sum, ms) => sum + ms, 0);
  assert.ok(longestMs <= 0.8 * 2000, `${longestMs} ms`);
});

test('a plugin with nothing to do waits for nothing', async () => {
  const { seen, ...options } = recorder();
  const hour = 3_600_000;
  await stopPlugin({ ...options, limits: { drainMs: hour, disconnectMs: hour, disposeMs: hour } });
  assert.deepEqual(seen, ['drain', 'disconnect', 'dispose']);
});
