/**
 * Items of several sources in the order in which they come, at most `limit` sources at a time, each asked for its next
 * item once the last was taken. The first failure ends all; a reader that leaves does, too.
 */
export async function* mergeLimited<Item>(sources: readonly AsyncGenerator<Item>[], limit: number): AsyncGenerator<Item> {
  const waiting = [...sources];
  const running = new Map<AsyncGenerator<Item>, Promise<{ readonly source: AsyncGenerator<Item>; readonly next: IteratorResult<Item> }>>();
  const ask = (source: AsyncGenerator<Item>) =>
    running.set(
      source,
      source.next().then((next) => ({ source, next })),
    );
  try {
    for (;;) {
      while (running.size < limit && waiting.length > 0) ask(waiting.shift() as AsyncGenerator<Item>);
      if (running.size === 0) return;
      const { source, next } = await Promise.race(running.values());
      if (next.done === true) {
        running.delete(source);
        continue;
      }
      yield next.value;
      ask(source);
    }
  } finally {
    // A source that waits for its next item ends once that comes: whoever gave the sources can hurry it.
    for (const [source, asked] of running) {
      asked.catch(() => undefined);
      source.return(undefined).catch(() => undefined);
    }
  }
}
