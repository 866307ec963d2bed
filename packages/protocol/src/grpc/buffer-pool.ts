/** Below this, fresh memory costs nothing worth mentioning. */
const SMALLEST_BYTES = 64 << 10;
/** Above this, memory is too dear to lie about. */
const LARGEST_BYTES = 64 << 20;
const MOST_SPARE_BYTES = 64 << 20;
const MOST_SPARES = 64;
/** What nobody has used for so long, and at most twice as long, is given back to the system. */
const IDLE_MS = 2000;

/** Memory of big messages that is used again, since fresh pages cost more than what is read into them. */
export class BufferPool {
  /** By age: given back since the last sweep, and before it. */
  #young: ArrayBuffer[] = [];
  #old: ArrayBuffer[] = [];
  #spareBytes = 0;
  #sweeper: NodeJS.Timeout | undefined;

  /** Bytes that lie here unused. */
  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** Whether a message of this size is worth borrowing for. */
  static suits(bytes: number): boolean {
    return bytes >= SMALLEST_BYTES && bytes <= LARGEST_BYTES;
  }

  /** Memory of at least `bytes` octets and less than twice as many, with anything in it. */
  take(bytes: number): ArrayBuffer {
    const spare = this.#takeFrom(this.#young, bytes) ?? this.#takeFrom(this.#old, bytes);
    if (spare === undefined) return Buffer.allocUnsafeSlow(roundUp(bytes)).buffer as ArrayBuffer;
    this.#spareBytes -= spare.byteLength;
    return spare;
  }

  /** Takes memory back. If it is used again, every view on it is cut off, so that nobody sees the next message through it. */
  give(memory: ArrayBuffer): void {
    const { byteLength } = memory;
    const isFull = this.#spareBytes + byteLength > MOST_SPARE_BYTES || this.#young.length + this.#old.length === MOST_SPARES;
    if (isFull) return; // with its views whole: the garbage collector knows when nobody needs them
    const moved = memory.transfer();
    this.#young.push(moved);
    this.#spareBytes += byteLength;
    this.#sweeper ??= setInterval(() => this.#sweep(), IDLE_MS).unref();
  }

  #takeFrom(spares: ArrayBuffer[], bytes: number): ArrayBuffer | undefined {
    const place = spares.findLastIndex(({ byteLength }) => byteLength >= bytes && byteLength < 2 * bytes);
    return place < 0 ? undefined : spares.splice(place, 1)[0];
  }

  #sweep(): void {
    for (const { byteLength } of this.#old) this.#spareBytes -= byteLength;
    this.#old = this.#young;
    this.#young = [];
    if (this.#old.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

/** To eighths of a power of two, so that messages of about the same size fit the same memory. */
function roundUp(bytes: number): number {
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
