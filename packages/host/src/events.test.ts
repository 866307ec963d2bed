import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EventHub } from './events.ts';

describe('EventHub', () => {
  test('every reader gets all events from when it came, at its own pace', async () => {
    const hub = new EventHub<number>();
    hub.emit(1);
    const [early, late] = [hub.read(undefined), hub.read(undefined)];
    hub.emit(2);
    assert.deepEqual(await early.next(), { done: false, value: 2 });
    const waiting = early.next();
    hub.emit(3);
    assert.deepEqual(await waiting, { done: false, value: 3 });
    hub.close();
    assert.deepEqual(await Array.fromAsync(late), [2, 3]);
    assert.deepEqual(await Array.fromAsync(early), []);
    assert.deepEqual(await Array.fromAsync(hub.read(undefined)), [], 'after the end there is nothing');
  });

  test('a reader leaves by its loop, by its signal, and while it waits', async () => {
    const hub = new EventHub<number>();
    const leaving = new AbortController();
    const waiting = hub.read(leaving.signal).next();
    leaving.abort();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    const reader = hub.read(undefined);
    const other = reader.next();
    await reader.return?.();
    assert.deepEqual(await other, { done: true, value: undefined });
    assert.deepEqual(await Array.fromAsync(hub.read(leaving.signal)), []);
  });

  test('a reader that is far behind misses the oldest, and nobody else does', () => {
    const hub = new EventHub<number>();
    const slow = hub.read(undefined);
    for (let event = 0; event < 1500; event++) hub.emit(event);
    hub.close();
    return Array.fromAsync(slow).then((events) => assert.deepEqual([events.length, events[0], events.at(-1)], [1000, 500, 1499]));
  });
});
