import { dataSource } from '@backplane/sdk';
import { sqlQueryModel } from '@backplane/sdk/sql';
import { Database } from './database.ts';
import { answerResource } from './resources.ts';
import { settingsModel } from './settings.ts';

const DEFAULT_ROW_LIMIT = 1_000_000;

/** The SQLite data source. */
export const plugin = dataSource({
  id: 'backplane-sqlite-datasource',
  settings: { jsonData: settingsModel },
  queries: sqlQueryModel({ defaultFormat: 'table' }),
  create({ settings }) {
    return new Database(settings.jsonData);
  },

  query: (query, database, { config, signal }) =>
    database.query(query.model, {
      ...query.timeRange,
      intervalMs: Math.max(1, Math.round(query.interval.ms)),
      rowLimit: config.getInteger('GF_SQL_ROW_LIMIT', 1) ?? DEFAULT_ROW_LIMIT,
      signal,
    }),

  async checkHealth(database, { signal }) {
    const tables = await database.tables(signal);
    return { status: 'ok', message: `database opened; tables and views: ${tables.length}`, details: { tables: tables.length } };
  },

  resources:
    (database) =>
    (request, { signal }) =>
      answerResource(database, request, signal),
});
