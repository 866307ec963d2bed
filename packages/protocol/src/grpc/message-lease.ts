import { BufferPool } from './buffer-pool.ts';
import type { MessageLease } from './types.ts';

/** One for the thread: calls come and go, memory stays. */
const pool = new BufferPool();

/**
 * Makes a lease for the big responses of some calls, see `UnaryCallOptions.lease`: their memory is used again once the
 * lease is disposed, which saves a third of the CPU of a call with megabytes.
 *
 * ```ts
 * using lease = createMessageLease();
 * const reply = await channel.unary(queryData, request, { lease });
 * write(reply); // from here on nobody may look at the bytes of `reply`
 * ```
 */
export function createMessageLease(): MessageLease {
  return new Lease();
}

/** The inside of a lease, for calls. */
export class Lease implements MessageLease {
  readonly #memory: ArrayBuffer[] = [];
  #openCalls = 0;
  #disposed = false;

  get lentBytes(): number {
    return this.#memory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Memory for a message of a call that uses this lease; undefined when it should be fresh. */
  take(bytes: number): Buffer | undefined {
    if (this.#disposed || !BufferPool.suits(bytes)) return undefined;
    const memory = pool.take(bytes);
    this.#memory.push(memory);
    return Buffer.from(memory, 0, bytes);
  }

  callStarts(): void {
    this.#openCalls++;
  }

  callEnds(): void {
    this.#openCalls--;
  }

  /** While a call is open the peer's octets may still go to its memory, which then is left to the garbage collector. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const memory = this.#memory.splice(0);
    if (this.#openCalls === 0) for (const one of memory) pool.give(one);
  }
}
