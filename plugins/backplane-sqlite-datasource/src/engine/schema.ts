import type { DatabaseSync } from 'node:sqlite';
import type { ColumnInfo, TableInfo } from './jobs.ts';

/** Tables and views by name, without SQLite's own. */
export function listTables(database: DatabaseSync): TableInfo[] {
  const rows = database
    .prepare("SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all();
  return rows.map(({ name, type }) => ({ name: String(name), type: type === 'view' ? 'view' : 'table' }));
}

/** Columns in their order; undefined when there is no such table. */
export function listColumns(database: DatabaseSync, table: string): ColumnInfo[] | undefined {
  const rows = database.prepare('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) ORDER BY cid').all(table);
  if (rows.length === 0) return undefined;
  return rows.map(({ name, type, notnull, pk }) => ({
    name: String(name),
    type: String(type),
    nullable: notnull === 0 && pk === 0,
    primaryKey: pk !== 0,
  }));
}
