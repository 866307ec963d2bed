export { type OpenStoreOptions, openStore, type Store } from './open-store.ts';
export type { DataSourceTable, OrgUserTable, PluginSettingTable, Tables, UserTable } from './schema.ts';
