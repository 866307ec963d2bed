import type { Writable } from 'node:stream';

/** Writes all items, waiting whenever the writable is full, and ends it; leaves off when it is destroyed. */
export function pour<T>(items: Iterable<T>, writable: Pick<Writable, 'write' | 'end' | 'on' | 'destroyed'>): void {
  const iterator = items[Symbol.iterator]();
  const go = () => {
    while (!writable.destroyed) {
      const { value, done } = iterator.next();
      if (done) {
        writable.end();
        return;
      }
      if (!writable.write(value)) return;
    }
  };
  writable.on('drain', go);
  go();
}
