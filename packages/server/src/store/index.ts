export { type BackupFacts, backupStore } from './backup-store.ts';
export { lockStore } from './lock-store.ts';
export { makeFolder } from './make-folder.ts';
export { openStore, type Store } from './open-store.ts';
export { readOrgIds } from './orgs.ts';
export type { DataSourceTable, Tables, UserTable } from './schema.ts';
