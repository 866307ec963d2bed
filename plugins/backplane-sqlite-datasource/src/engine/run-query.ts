import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Frame, frame, int64 } from '@backplane/sdk/frames';
import { frameFromSqlRows, type SqlRow, shapeRows, sqliteColumn } from '@backplane/sdk/sql';
import type { EngineJob } from './jobs.ts';

/** A query without macros, as the engine runs it. */
export type QueryJob = Extract<EngineJob, { kind: 'query' }>;

/**
 * Runs one statement and shapes its rows. Rows are read one by one up to the limit, so a query that would return
 * more costs no more memory than the limit allows.
 */
export function runQuery(database: DatabaseSync, job: QueryJob): Frame[] {
  const statement = database.prepare(job.sql);
  statement.setReadBigInts(true);
  if (statement.columns().length === 0) return [changesFrame(statement, job)];
  const { format, fill, grid, rowLimit, fromMs, toMs } = job;
  return shapeRows(readRows(statement, { rowLimit, meta: { executedQueryString: job.sql } }), {
    format,
    fill: grid?.mode ?? fill,
    grid: grid && { intervalMs: grid.intervalMs, fromMs, toMs },
  });
}

function readRows(statement: StatementSync, options: Parameters<typeof frameFromSqlRows>[2]): Frame {
  statement.setReturnArrays(true);
  return frameFromSqlRows(statement.columns().map(sqliteColumn), statement.iterate() as Iterable<unknown> as Iterable<SqlRow>, options);
}

/** What a statement without rows did, as a table of one row. */
function changesFrame(statement: StatementSync, { sql }: QueryJob): Frame {
  const { changes, lastInsertRowid } = statement.run();
  const columns = { changes: int64([BigInt(changes)]), lastInsertRowid: int64([BigInt(lastInsertRowid)]) };
  return frame('', columns, { meta: { executedQueryString: sql } });
}
