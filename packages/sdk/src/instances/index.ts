export { disposeOf, InstanceCache, type InstanceCacheOptions, type Lease } from './instance-cache.ts';
