/** Passes items on, each after somebody else has seen it. A reader that leaves ends the source, also while it waits. */
export function tapItems<Item>(items: AsyncIterable<Item>, onItem: (item: Item) => void): AsyncIterableIterator<Item, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const next = await iterator.next();
      if (next.done === true) return { done: true, value: undefined };
      onItem(next.value);
      return next;
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
