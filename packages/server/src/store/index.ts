export { openStore, type Store } from './open-store.ts';
export { readOrgIds } from './orgs.ts';
export type { DataSourceTable, Tables, UserTable } from './schema.ts';
