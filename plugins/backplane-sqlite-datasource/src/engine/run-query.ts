import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Frame, type FrameMetaInput, type Notice } from '@backplane/sdk/frames';
import { type Cells, ColumnCollector, inferCells, type SqliteValue, toField } from '../cells/index.ts';
import { fillGaps, pivotToWide, toMultiFrames, toWideFrame } from '../time-series/index.ts';
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
  const { columns, limited } = readColumns(statement, job.rowLimit);
  const meta: FrameMetaInput = { executedQueryString: job.sql, ...(limited ? { notices: [limitNotice(job.rowLimit)] } : {}) };
  return shape(columns, job, meta);
}

/** The text is Grafana's, so that what looks for it finds it. */
function limitNotice(rowLimit: number): Notice {
  return { severity: 'warning', text: `Results have been limited to ${rowLimit} because the SQL row limit was reached` };
}

function readColumns(statement: StatementSync, rowLimit: number): { columns: Cells[]; limited: boolean } {
  const descriptions = statement.columns().map(({ name, type }) => ({ name, type }));
  const collectors = descriptions.map(() => new ColumnCollector());
  statement.setReturnArrays(true);
  let count = 0;
  let limited = false;
  for (const row of statement.iterate() as Iterable<unknown> as Iterable<readonly SqliteValue[]>) {
    if (count === rowLimit) {
      limited = true;
      break;
    }
    for (let column = 0; column < collectors.length; column++) collectors[column]!.push(row[column]!);
    count++;
  }
  return { columns: descriptions.map((description, index) => inferCells(description, collectors[index]!)), limited };
}

function shape(columns: readonly Cells[], { format, fill, fromMs, toMs }: QueryJob, meta: FrameMetaInput): Frame[] {
  switch (format) {
    case 'table':
      return [
        new Frame(
          '',
          columns.map((cells) => toField(cells)),
          { meta },
        ),
      ];
    case 'time_series': {
      // No rows: the data plane contract wants the type and no fields.
      if (columns.every(({ length }) => length === 0)) return [new Frame('', [], { meta }).as('timeseries-wide')];
      const wide = pivotToWide(columns);
      return [toWideFrame(fill === undefined ? wide : fillGaps(wide, fill, { fromMs, toMs }), meta)];
    }
    case 'multi': {
      const frames = toMultiFrames(columns, meta);
      return frames.length > 0 ? frames : [new Frame('', [], { meta }).as('timeseries-multi')];
    }
    default:
      return format satisfies never;
  }
}

/** What a statement without rows did, as a table of one row. */
function changesFrame(statement: StatementSync, { sql }: QueryJob): Frame {
  const { changes, lastInsertRowid } = statement.run();
  const cells = [
    { name: 'changes', value: changes },
    { name: 'lastInsertRowid', value: lastInsertRowid },
  ].map(({ name, value }): Cells => ({ kind: 'int64', name, length: 1, nulls: undefined, values: BigInt64Array.of(BigInt(value)) }));
  return new Frame(
    '',
    cells.map((each) => toField(each)),
    { meta: { executedQueryString: sql } },
  );
}
