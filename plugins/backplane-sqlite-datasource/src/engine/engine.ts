import { DatabaseSync } from 'node:sqlite';
import { encodeArrow } from '@backplane/sdk/frames';
import { SqliteError } from '../errors.ts';
import { type Guard, guardConnection } from './guard.ts';
import type { DatabaseTarget, EngineJob, EngineReply } from './jobs.ts';
import { runQuery } from './run-query.ts';
import { listColumns, listTables } from './schema.ts';

/** How long SQLite waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5000;

/** One connection that does jobs, each to its end: SQLite cannot be interrupted from JavaScript, so callers kill the process. */
export class Engine {
  readonly #target: DatabaseTarget;
  #connection: { readonly database: DatabaseSync; readonly guard: Guard } | undefined;

  constructor(target: DatabaseTarget) {
    this.#target = target;
  }

  /** Never throws: what goes wrong is in the reply. */
  run(job: EngineJob): EngineReply {
    try {
      const { database, guard } = this.#open();
      guard.reset();
      try {
        return runJob(database, job);
      } catch (error) {
        throw guard.denial === undefined ? error : new SqliteError('sql_refused', `refused: ${guard.denial}`);
      }
    } catch (error) {
      return toReply(error, this.#target.path);
    }
  }

  close(): void {
    this.#connection?.database.close();
    this.#connection = undefined;
  }

  #open(): { readonly database: DatabaseSync; readonly guard: Guard } {
    if (this.#connection !== undefined) return this.#connection;
    const { path, allowWrites } = this.#target;
    const database = new DatabaseSync(path, { readOnly: !allowWrites, defensive: true, allowExtension: false, timeout: BUSY_TIMEOUT_MS });
    this.#connection = { database, guard: guardConnection(database, { allowWrites }) };
    return this.#connection;
  }
}

function runJob(database: DatabaseSync, job: EngineJob): EngineReply {
  switch (job.kind) {
    case 'query':
      return { ok: true, value: null, frames: runQuery(database, job).map((frame) => encodeArrow(frame)) };
    case 'tables':
      return { ok: true, value: listTables(database), frames: [] };
    case 'columns':
      return { ok: true, value: listColumns(database, job.table) ?? null, frames: [] };
    default:
      return job satisfies never;
  }
}

function toReply(error: unknown, path: string): EngineReply {
  if (error instanceof SqliteError) return { ok: false, code: error.code, message: error.message };
  if (error instanceof Error && 'code' in error && error.code === 'sql_rows_unfit')
    return { ok: false, code: 'query_invalid', message: error.message };
  if (!(error instanceof Error)) return { ok: false, code: 'engine_lost', message: `engine failed: ${String(error)}` };
  const { code, errcode } = error as { code?: string; errcode?: number };
  if (code !== 'ERR_SQLITE_ERROR') return { ok: false, code: 'engine_lost', message: `engine failed: ${error.message}` };
  return { ok: false, code: 'sql_failed', message: explain(error.message, errcode ?? 0, path) };
}

/** SQLite's message, with the file where it alone would leave the reader guessing. */
function explain(message: string, errcode: number, path: string): string {
  const NOT_A_DATABASE = 26;
  const CANNOT_OPEN = 14;
  if (errcode === NOT_A_DATABASE) return `${message}: ${path} is no SQLite database or is encrypted; check the setting jsonData.path`;
  if (errcode === CANNOT_OPEN) return `${message}: ${path} (a database in WAL mode needs a folder that this process may write to)`;
  return message;
}
