export { type CacheStatus, ServerCache } from './answer-cache.ts';
export { type CacheSetting, CacheSettings } from './cache-settings.ts';
export { MemoryStore } from './cache-store.ts';
