type Arrival<Item> = { readonly kind: 'item'; readonly item: Item } | { readonly kind: 'failed'; readonly error: unknown };

/** One source; it is asked for one item at a time. */
interface Source<Item> {
  readonly next: () => Promise<IteratorResult<Item>>;
  isAsked: boolean;
}

/**
 * Several sources as one stream that outlives its readers.
 *
 * A reader that leaves takes nothing with it: what was asked of a source and not handed out waits for the next reader.
 * Sources are asked only while somebody reads, so a source waits when nobody does.
 */
export class OutputQueue<Item> {
  readonly #sources: Source<Item>[] = [];
  readonly #arrived: Arrival<Item>[] = [];
  /** Wakes the readers that wait; one per connection. */
  readonly #wakers = new Set<() => void>();

  add<Input>(input: AsyncIterable<Input>, toItem: (value: Input) => Item): void {
    const iterator = input[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<Item>> => {
      const { done, value } = await iterator.next();
      return done ? { done, value: undefined } : { value: toItem(value) };
    };
    this.#sources.push({ next, isAsked: false });
  }

  /** Items as they come, until the signal aborts; stays silent once the sources have ended. Throws what a source throws. */
  async *read(signal: AbortSignal): AsyncGenerator<Item> {
    while (!signal.aborted) {
      const arrival = this.#arrived.shift();
      if (arrival === undefined) await this.#arrival(signal);
      else if (arrival.kind === 'failed') throw arrival.error;
      else yield arrival.item;
    }
  }

  /** Resolves when something arrived or the reader leaves. */
  async #arrival(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakers.add(resolve);
    const onAbort = () => resolve();
    signal.addEventListener('abort', onAbort);
    for (const source of this.#sources) this.#ask(source);
    await promise;
    signal.removeEventListener('abort', onAbort);
    this.#wakers.delete(resolve);
  }

  #ask(source: Source<Item>): void {
    if (source.isAsked) return;
    source.isAsked = true;
    source.next().then(
      ({ done, value }) => {
        source.isAsked = false;
        if (done) this.#remove(source);
        else this.#arrive({ kind: 'item', item: value });
      },
      (error: unknown) => {
        this.#remove(source);
        this.#arrive({ kind: 'failed', error });
      },
    );
  }

  #arrive(arrival: Arrival<Item>): void {
    this.#arrived.push(arrival);
    for (const wake of this.#wakers) wake();
  }

  #remove(source: Source<Item>): void {
    this.#sources.splice(this.#sources.indexOf(source), 1);
  }
}
