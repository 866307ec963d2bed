import { runShared } from './call-scope.ts';

/** Remembers what was costly to get, for one instance: it goes with the settings that it was got with. */
export interface Cache {
  /**
   * What `load` gave for the key, at most `ttlMs` ago; callers that ask at the same time share one `load`, and a failed
   * one is not kept. A load belongs to no call: it does not end with the first one that asked, and `fetch` forwards
   * nothing of its user there. So give it no signal of a call, and no key to what only some users may see.
   */
  get<T>(key: string, ttlMs: number, load: () => T | Promise<T>): Promise<T>;
  delete(key: string): void;
}

/** Limits and clock of a cache. */
export interface CacheOptions {
  /** The entry that was least recently asked for goes when there are more; 1000 unless given. */
  readonly maxEntries?: number | undefined;
  /** Milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Makes an empty cache. */
export function createCache({ maxEntries = 1000, now = () => performance.now() }: CacheOptions = {}): Cache {
  const entries = new Map<string, { readonly value: Promise<unknown>; readonly loadedAtMs: number }>();
  return {
    get<T>(key: string, ttlMs: number, load: () => T | Promise<T>): Promise<T> {
      const there = entries.get(key);
      // The last one in the map is the one that was asked for last.
      entries.delete(key);
      if (there !== undefined && now() - there.loadedAtMs < ttlMs) {
        entries.set(key, there);
        return there.value as Promise<T>;
      }
      const value = runShared(() => Promise.try(load));
      const entry = { value, loadedAtMs: now() };
      entries.set(key, entry);
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      return value;
    },
    delete: (key) => void entries.delete(key),
  };
}
