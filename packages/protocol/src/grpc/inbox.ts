import { MessageQueue } from './message-queue.ts';
import type { MessageStream } from './message-stream.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { Codec } from './types.ts';

interface Waiter<Message> {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** How an inbox works on its call. */
export interface InboxOptions<Message> {
  readonly codec: Pick<Codec<Message, never>, 'decode' | 'decodePassing'>;
  /** The reader has left before the end. */
  readonly onLeave: () => void;
}

/** A window of the smallest messages would else be a million of them. */
const LARGEST_BATCH = 1000;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Messages of one call on their way to a reader.
 *
 * While messages lie here the stream is paused, so that a slow reader holds one window at most.
 */
export class Inbox<Message> implements AsyncIterableIterator<Message, undefined> {
  readonly #stream: MessageStream;
  readonly #options: InboxOptions<Message>;
  readonly #messages = new MessageQueue();
  readonly #waiters: Waiter<Message>[] = [];
  /** What a reader of batches waits for. */
  #arrival: PromiseWithResolvers<void> | undefined;
  /** A reader of batches waits, or has just been told to go on. */
  #batchIsWanted = false;
  /** What such a reader is about to take; comes before `messages`. */
  #batch: Message[] = [];
  #end: { readonly error: unknown } | undefined;

  constructor(stream: MessageStream, options: InboxOptions<Message>) {
    this.#stream = stream;
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes a message from the peer. */
  push(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.#deliver(bytes, waiter);
      return;
    }
    this.#messages.push(bytes);
    this.#stream.connection.pause(this.#stream);
    this.#wakeBatches();
  }

  /**
   * Reads a message from memory that is used again, for a reader of batches who waits for it: no copy has to lie here.
   *
   * @returns false when nobody waits: then it is to be pushed
   */
  readAtOnce(bytes: Buffer, start: number, end: number): boolean {
    const { codec } = this.#options;
    const hasPlace = this.#batchIsWanted && this.#messages.isEmpty && this.#batch.length < LARGEST_BATCH;
    if (!hasPlace || codec.decodePassing === undefined || this.#end !== undefined) return false;
    const batch = this.#batch;
    try {
      batch.push(codec.decodePassing(bytes, start, end));
    } catch (cause) {
      this.#leaveUnreadable(cause);
      this.#batch = batch;
    }
    this.#wakeBatches();
    return true;
  }

  /** No more messages come; those that lie here are still read. `error` undefined: the iteration just ends. */
  close(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const waiter of this.#waiters.splice(0)) settle(waiter, error);
    this.#wakeBatches();
  }

  /** Ends at once: messages that lie here are dropped. */
  abort(error?: unknown): void {
    this.#messages.clear();
    this.#batch = [];
    this.#resume();
    this.#end = undefined;
    this.close(error);
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (!this.#messages.isEmpty) return this.#take(this.#messages.shift() as Uint8Array);
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = { error: undefined };
      return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** The same messages, all that lie here at a time: one promise for what comes together. */
  batches(): AsyncIterableIterator<readonly Message[], undefined> {
    const batches: AsyncIterableIterator<readonly Message[], undefined> = {
      [Symbol.asyncIterator]: () => batches,
      next: () => this.#nextBatch(),
      return: async () => {
        await this.return();
        return DONE;
      },
    };
    return batches;
  }

  async #nextBatch(): Promise<IteratorResult<readonly Message[], undefined>> {
    while (this.#messages.isEmpty && this.#batch.length === 0 && this.#end === undefined) {
      this.#arrival ??= Promise.withResolvers();
      this.#batchIsWanted = true;
      await this.#arrival.promise;
      this.#batchIsWanted = false;
    }
    const value = this.#takeBatch();
    if (value.length > 0) return { done: false, value };
    await this.next(); // the error of the call, if it has one
    return DONE;
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    const left = this.#end === undefined || !this.#messages.isEmpty || this.#batch.length > 0;
    this.abort();
    if (left) this.#options.onLeave();
    this.#end = { error: undefined }; // that it was cancelled is no news to who cancelled it
    return Promise.resolve(DONE);
  }

  /** A message that lies here, without the cost of a waiter. */
  #take(bytes: Uint8Array): Promise<IteratorResult<Message, undefined>> {
    if (this.#messages.isEmpty) this.#resume();
    try {
      return Promise.resolve({ done: false, value: this.#options.codec.decode(bytes) });
    } catch (cause) {
      void this.return();
      return Promise.reject(unreadable(cause));
    }
  }

  /** Those before one that cannot be read, which is then the end. */
  #takeBatch(): Message[] {
    const batch = this.#batch;
    this.#batch = [];
    while (!this.#messages.isEmpty && batch.length < LARGEST_BATCH) {
      try {
        batch.push(this.#options.codec.decode(this.#messages.shift() as Uint8Array));
      } catch (cause) {
        this.#leaveUnreadable(cause);
      }
    }
    if (this.#messages.isEmpty) this.#resume();
    return batch;
  }

  /** A message cannot be read: that is the end of the call. */
  #leaveUnreadable(cause: unknown): void {
    void this.return();
    this.#end = { error: unreadable(cause) };
  }

  #wakeBatches(): void {
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }

  #resume(): void {
    if (this.#stream.paused) this.#stream.connection.resume(this.#stream);
  }

  #deliver(bytes: Uint8Array, waiter: Waiter<Message>): void {
    let value: Message;
    try {
      value = this.#options.codec.decode(bytes);
    } catch (cause) {
      waiter.reject(unreadable(cause));
      void this.return();
      return;
    }
    waiter.resolve({ done: false, value });
  }
}

function settle<Message>(waiter: Waiter<Message>, error: unknown): void {
  if (error === undefined) waiter.resolve(DONE);
  else waiter.reject(error);
}

/** The error of a message that its codec does not take; text as grpc-go's. */
export function unreadable(cause: unknown): GrpcStatusError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new GrpcStatusError(GrpcCode.internal, `grpc: failed to unmarshal the received message: ${text}`, { cause });
}
