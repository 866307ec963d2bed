import { Frame, type FrameOptions, field } from '@backplane/frames';
import { buildSqlColumn } from './build-column.ts';
import { ColumnCollector } from './column-collector.ts';
import type { SqlColumn } from './columns.ts';

/** A row by position, or by the names of columns. */
export type SqlRow = readonly unknown[] | Readonly<Record<string, unknown>>;

/** How rows become a frame. */
export interface SqlRowsOptions extends FrameOptions {
  readonly name?: string | undefined;
  /** Rows that are taken; the frame says in a notice, in Grafana's words, when there were more. */
  readonly rowLimit?: number | undefined;
}

/** Takes rows one by one, as a driver streams them. */
export interface SqlRowCollector {
  /** False once the limit is reached: the row was not taken, and no further one will be. */
  push(row: SqlRow): boolean;
  /** The frame of all rows taken. */
  finish(): Frame;
}

/** Makes a collector of rows: what it holds costs what the columns cost, not an object for each cell. */
export function createRowCollector(columns: readonly SqlColumn[], options: SqlRowsOptions = {}): SqlRowCollector {
  const { rowLimit = Number.POSITIVE_INFINITY, name = '' } = options;
  const collectors = columns.map(() => new ColumnCollector());
  let count = 0;
  let isLimited = false;
  return {
    push(row) {
      if (count >= rowLimit) {
        isLimited = true;
        return false;
      }
      count++;
      const isList = Array.isArray(row);
      for (let at = 0; at < collectors.length; at++) {
        const key = isList ? at : (columns[at] as SqlColumn).name;
        (collectors[at] as ColumnCollector).push((row as Record<string | number, unknown>)[key]);
      }
      return true;
    },
    finish() {
      const fields = columns.map((column, at) => field(column.name, buildSqlColumn(column, collectors[at] as ColumnCollector)));
      const frame = new Frame(name, fields, options);
      if (!isLimited) return frame;
      return frame.withNotice({
        severity: 'warning',
        text: `Results have been limited to ${rowLimit} because the SQL row limit was reached`,
      });
    },
  };
}

/**
 * Makes a frame of rows, reading no more of them than the limit asks for.
 *
 * @param columns those of the result in order: `result.fields.map(postgresColumn)`
 */
export function frameFromSqlRows(columns: readonly SqlColumn[], rows: Iterable<SqlRow>, options: SqlRowsOptions = {}): Frame {
  const collector = createRowCollector(columns, options);
  for (const row of rows) if (!collector.push(row)) break;
  return collector.finish();
}
