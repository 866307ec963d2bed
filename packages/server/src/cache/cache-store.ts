/** Where answers are kept: in memory, or in something that several servers share. What it throws counts as not found. */
export interface CacheStore {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps a value for so long, if it can. The store may keep the bytes themselves. */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  clear(): Promise<void>;
}

export interface MemoryStoreOptions {
  /** All keys and values together; the longest unused go first. */
  readonly maxBytes: number;
  readonly now: () => number;
}

interface Entry {
  readonly value: Uint8Array;
  readonly goneAtMs: number;
}

/** What an entry costs beside its key and value. */
const overheadBytes = 200;

/** Keeps values in this process. */
export class MemoryStore implements CacheStore {
  readonly #options: MemoryStoreOptions;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#bytes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#remove(key, entry);
    if (entry.goneAtMs <= this.#options.now()) return undefined;
    this.#add(key, entry);
    return entry.value;
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#remove(key, old);
    if (sizeOf(key, value) > this.#options.maxBytes) return;
    this.#add(key, { value, goneAtMs: this.#options.now() + ttlMs });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#remove(oldest, entry);
    }
  }

  async clear(): Promise<void> {
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** Removes what has expired. */
  sweep(): void {
    const nowMs = this.#options.now();
    for (const [key, entry] of this.#entries) if (entry.goneAtMs <= nowMs) this.#remove(key, entry);
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry.value);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry.value);
  }
}

function sizeOf(key: string, value: Uint8Array): number {
  return key.length * 2 + value.length + overheadBytes;
}
