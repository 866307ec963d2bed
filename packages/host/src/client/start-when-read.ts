/**
 * A stream that starts when it is first read.
 *
 * Written by hand: a generator that waits for an item hears of a reader that leaves only after that item.
 */
export function startWhenRead<Item>(start: () => Promise<AsyncIterable<Item>>): AsyncIterableIterator<Item, undefined> {
  let started: Promise<AsyncIterator<Item>> | undefined;
  let isOver = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        started ??= start().then((items) => items[Symbol.asyncIterator]());
        const next = await (await started).next();
        if (next.done !== true) return next;
        isOver = true;
        return { done: true, value: undefined };
      } catch (error) {
        isOver = true;
        throw error;
      }
    },
    async return() {
      isOver = true;
      const items = await started?.catch(() => undefined); // told to whoever reads
      await items?.return?.();
      return { done: true, value: undefined };
    },
  };
}
