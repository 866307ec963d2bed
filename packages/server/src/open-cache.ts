import type { Registry } from 'prom-client';
import { CacheSettings, MemoryStore, ServerCache } from './cache/index.ts';
import type { Config } from './config/index.ts';
import type { Logger } from './log/index.ts';
import type { Store } from './store/index.ts';

export interface OpenCacheOptions {
  readonly config: Config;
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly now: () => number;
  /** Ends the sweeping. */
  readonly lifetime: { defer(work: () => void): void };
}

const bytesPerMb = 1024 * 1024;

/** Makes the cache that `[caching]` describes. */
export async function openCache({ config, store, logger, metrics, now, lifetime }: OpenCacheOptions) {
  const { ttlMs, maxTtlMs, maxValueMb } = config.caching;
  const settings = await CacheSettings.open(store, { defaultTtlMs: ttlMs, now });
  const memory = new MemoryStore({ maxBytes: config.cachingMemory.maxSizeMb * bytesPerMb, now });
  const timer = setInterval(() => memory.sweep(), config.cachingMemory.gcIntervalMs).unref();
  lifetime.defer(() => clearInterval(timer));
  const maxValueBytes = maxValueMb * bytesPerMb;
  return { settings, cache: new ServerCache({ settings, store: memory, ttlMs, maxTtlMs, maxValueBytes, logger, metrics }) };
}
