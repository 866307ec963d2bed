export { disposeOf, InstanceCache, type Lease } from './instance-cache.ts';
