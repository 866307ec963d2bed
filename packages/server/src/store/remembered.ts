import type { DatabaseSync } from 'node:sqlite';

const maxEntries = 10_000;

/** What was read, until anything is written: a request asks for the same few rows again and again. */
export class Remembered {
  readonly #version: () => string;
  readonly #entries = new Map<string, unknown>();
  #of = '';

  /** @param version changes with every write, whoever makes it */
  constructor(version: () => string) {
    this.#version = version;
  }

  /** The value under this key, read again after each write. Nobody may change it. */
  async get<Value>(key: string, read: () => Promise<Value>): Promise<Value> {
    const version = this.#version();
    if (version !== this.#of || this.#entries.size >= maxEntries) {
      this.#entries.clear();
      this.#of = version;
    }
    if (this.#entries.has(key)) return this.#entries.get(key) as Value;
    const value = await read();
    // A write meanwhile may or may not be in it.
    if (this.#version() === version && this.#of === version) this.#entries.set(key, value);
    return value;
  }
}

/** The version of a database: rows that this connection changed, and SQLite's count of what others committed. */
export function versionOf(database: DatabaseSync): () => string {
  const statement = database.prepare('SELECT total_changes() AS own, data_version AS others FROM pragma_data_version');
  return () => {
    const { own, others } = statement.get() as { own: number; others: number };
    return `${own} ${others}`;
  };
}
