import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Interruption } from './interruption.ts';

test('an error ends the wait that is going on, and every later one', async () => {
  const interruption = new Interruption();
  assert.equal(await interruption.wait(async () => 1), 1);
  const waiting = interruption.wait(() => new Promise(() => {}));
  interruption.raise(new Error('first'));
  interruption.raise(new Error('second'));
  await assert.rejects(waiting, /first/);
  await assert.rejects(
    interruption.wait(() => assert.fail('no step is taken any more')),
    /first/,
  );
});

test('a step that fails by itself rejects its wait alone', async () => {
  const interruption = new Interruption();
  await assert.rejects(
    interruption.wait(() => Promise.reject(new Error('own'))),
    /own/,
  );
  assert.equal(await interruption.wait(async () => 2), 2);
});
