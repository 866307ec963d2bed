export { openStore, type Store } from './open-store.ts';
export type { DataSourceTable, Tables } from './schema.ts';
