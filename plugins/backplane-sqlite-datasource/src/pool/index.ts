export { EnginePool, type PoolOptions } from './pool.ts';
