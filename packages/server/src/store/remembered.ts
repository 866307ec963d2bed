import type { DatabaseSync } from 'node:sqlite';

const maxEntries = 10_000;

/** What was read, until anything is written: a request asks for the same few rows again and again. */
export class Remembered {
  readonly #changes: ChangeCounter;
  readonly #entries = new Map<string, unknown>();
  #of = -1;

  constructor(changes: ChangeCounter) {
    this.#changes = changes;
  }

  /** The value under this key, read again after each write. Nobody may change it. */
  async get<Value>(key: string, read: () => Promise<Value>): Promise<Value> {
    const changes = this.#changes.count();
    if (changes !== this.#of || this.#entries.size >= maxEntries) {
      this.#entries.clear();
      this.#of = changes;
    }
    if (this.#entries.has(key)) return this.#entries.get(key) as Value;
    const value = await read();
    // A write meanwhile may or may not be in it.
    if (this.#changes.look() === changes && this.#of === changes) this.#entries.set(key, value);
    return value;
  }
}

/**
 * Counts the changes of a database: those of this connection as they happen, those of others by SQLite's version of its
 * file, which is looked at once in each turn of the event loop: asking costs as much as a small query.
 */
export class ChangeCounter {
  readonly #version: () => string;
  #seen: string;
  #count = 0;
  #isFresh = false;

  constructor(database: DatabaseSync) {
    // Rows that this connection changed are in it as well, for whatever comes past `noteWrite`.
    const statement = database.prepare('SELECT total_changes() AS own, data_version AS others FROM pragma_data_version');
    this.#version = () => {
      const { own, others } = statement.get() as { own: number; others: number };
      return `${own} ${others}`;
    };
    this.#seen = this.#version();
  }

  /** Grows with every change; as of this turn for what others committed. */
  count(): number {
    return this.#isFresh ? this.#count : this.look();
  }

  /** The same, as of now. */
  look(): number {
    const version = this.#version();
    if (version !== this.#seen) this.#count++;
    this.#seen = version;
    if (!this.#isFresh) {
      this.#isFresh = true;
      setImmediate(this.#nextTurn);
    }
    return this.#count;
  }

  /** To be called when this connection has run what may have written. */
  noteWrite(): void {
    this.#isFresh = false;
  }

  readonly #nextTurn = (): void => {
    this.#isFresh = false;
  };
}
