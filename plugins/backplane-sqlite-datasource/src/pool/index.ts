export { EnginePool, type PoolOptions, type RunOptions } from './pool.ts';
