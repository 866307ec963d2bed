/** The same pieces, given up on when the signal says so, even while none arrives. */
export async function* withSignal<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  signal?.throwIfAborted();
  if (signal === undefined) return yield* source;
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await nextUntil(iterator, signal);
      isDone = next.done === true;
      if (isDone) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs would hang its return, too.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** One wait, one listener: racing every piece against one promise would keep all of them until the signal fires. */
function nextUntil<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    iterator.next().then(resolve, reject).finally(settle);
  });
}

/** Pieces of a stream as one row of bytes, of which the first can be looked at and taken. */
export class PieceQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  /** What has arrived and was not taken. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #isEnded = false;

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
  }

  /** Bytes that have arrived and were not taken. */
  get length(): number {
    return this.#length;
  }

  /** Waits until so many bytes are there, or the source ends; says whether they are. Nothing is allocated for them before. */
  async fill(bytes: number): Promise<boolean> {
    while (this.#length < bytes && !this.#isEnded) {
      const { done, value } = await this.#source.next();
      if (done === true) this.#isEnded = true;
      else if (value.length > 0) {
        this.#pieces.push(value);
        this.#length += value.length;
      }
    }
    return this.#length >= bytes;
  }

  /** The first bytes, which have to be there: a view on one piece, or a copy where they lie in several. */
  peek(bytes: number): Uint8Array {
    if (bytes > 0 && this.#pieces[0].length < bytes) this.#join(bytes);
    return bytes === 0 ? new Uint8Array(0) : this.#pieces[0].subarray(0, bytes);
  }

  /** The first bytes, which are gone from the queue afterwards. */
  take(bytes: number): Uint8Array {
    const taken = this.peek(bytes);
    if (bytes === 0) return taken;
    const rest = this.#pieces[0].subarray(bytes);
    if (rest.length === 0) this.#pieces.shift();
    else this.#pieces[0] = rest;
    this.#length -= bytes;
    return taken;
  }

  /** Makes one piece of the first bytes. */
  #join(bytes: number): void {
    const joined = new Uint8Array(bytes);
    let at = 0;
    let used = 0;
    while (at < bytes) {
      const piece = this.#pieces[used];
      const part = piece.subarray(0, bytes - at);
      joined.set(part, at);
      at += part.length;
      if (part.length === piece.length) used++;
      else this.#pieces[used] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used, joined);
  }
}
