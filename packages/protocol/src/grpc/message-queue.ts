/** Up to this many messages lie as they are; of those behind them the small ones are packed. */
const MOST_LOOSE_MESSAGES = 256;
/** A message of this size or more is never packed: its own cost no longer matters. */
const SMALLEST_LOOSE_BYTES = 1 << 10;
const PACK_BYTES = 64 << 10;
/** Octets before a packed message: its length. */
const LENGTH_BYTES = 2;

/**
 * Messages in order, for a reader who is late.
 *
 * A message of no octets costs five on the wire and a hundred as an object, so that a window full of them would grow to
 * twenty windows. Therefore a long queue of small messages is packed.
 */
export class MessageQueue {
  #entries: (Uint8Array | Pack)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  push(message: Uint8Array): void {
    const entries = this.#entries;
    if (entries.length - this.#head < MOST_LOOSE_MESSAGES || message.length >= SMALLEST_LOOSE_BYTES) {
      entries.push(message);
      return;
    }
    const last = entries[entries.length - 1];
    if (last instanceof Pack && last.add(message)) return;
    const pack = new Pack();
    pack.add(message);
    entries.push(pack);
  }

  /** Undefined when there is none. */
  shift(): Uint8Array | undefined {
    const entry = this.#entries[this.#head];
    if (!(entry instanceof Pack)) {
      if (entry !== undefined) this.#drop();
      return entry;
    }
    const message = entry.take();
    if (entry.isEmpty) this.#drop();
    return message;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }

  #drop(): void {
    this.#head++;
    if (this.isEmpty) {
      this.clear();
    } else if (this.#head === MOST_LOOSE_MESSAGES) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

/** Small messages side by side: length (16), octets. */
class Pack {
  readonly #bytes = Buffer.allocUnsafeSlow(PACK_BYTES);
  #start = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** False: there is no room. */
  add(message: Uint8Array): boolean {
    if (this.#end + LENGTH_BYTES + message.length > PACK_BYTES) return false;
    this.#bytes.writeUInt16BE(message.length, this.#end);
    this.#bytes.set(message, this.#end + LENGTH_BYTES);
    this.#end += LENGTH_BYTES + message.length;
    return true;
  }

  /** A view: it holds no more than small buffers do anyway, which share slabs of the same size. */
  take(): Uint8Array {
    const start = this.#start + LENGTH_BYTES;
    this.#start = start + this.#bytes.readUInt16BE(this.#start);
    return this.#bytes.subarray(start, this.#start);
  }
}
