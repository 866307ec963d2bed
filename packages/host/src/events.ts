/** Events that wait for one reader; it misses the oldest beyond that. */
const maxWaiting = 1_000;

/** Hands events to any number of readers, each at its own pace. Without readers an event costs nothing. */
export class EventHub<Event> {
  readonly #readers = new Set<(event: Event | undefined) => void>();
  #isClosed = false;

  emit(event: Event): void {
    for (const take of this.#readers) take(event);
  }

  /** Ends all readers, also those that come later. */
  close(): void {
    this.#isClosed = true;
    for (const take of this.#readers) take(undefined);
  }

  /** Events from now on. Written by hand, so that a reader may leave while it waits. */
  read(signal: AbortSignal | undefined): AsyncIterableIterator<Event, undefined> {
    const waiting: Event[] = [];
    let wake: (() => void) | undefined;
    let isOver = this.#isClosed || signal?.aborted === true;
    const take = (event: Event | undefined) => {
      if (event === undefined) isOver = true;
      else if (waiting.push(event) > maxWaiting) waiting.shift();
      wake?.();
    };
    const leave = () => {
      this.#readers.delete(take);
      signal?.removeEventListener('abort', leave);
      take(undefined);
    };
    if (!isOver) {
      this.#readers.add(take);
      signal?.addEventListener('abort', leave, { once: true });
    }
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (waiting.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve));
        const event = waiting.shift();
        if (event !== undefined) return { done: false, value: event };
        leave();
        return { done: true, value: undefined };
      },
      async return() {
        leave();
        return { done: true, value: undefined };
      },
    };
  }
}
