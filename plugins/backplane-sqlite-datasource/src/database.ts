import { decodeArrow, type Frame } from '@backplane/sdk';
import type { SqlQuery } from '@backplane/sdk/sql';
import type { ColumnInfo, EngineJob, TableInfo } from './engine/index.ts';
import { expandMacros, type MacroContext } from './macros.ts';
import { EnginePool, type PoolOptions } from './pool/index.ts';
import { findDatabase, type Settings } from './settings.ts';
import { assertSingleStatement } from './statement.ts';

/** The database of one data source: its instance. */
export class Database implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #poolOptions: PoolOptions;
  #pool: { readonly identity: string; readonly engines: EnginePool } | undefined;

  constructor(settings: Settings, poolOptions: PoolOptions = {}) {
    this.#settings = settings;
    this.#poolOptions = poolOptions;
  }

  /**
   * Runs one query.
   *
   * @throws SqliteError whatever is wrong with the query, the settings or the database
   * @throws SdkError `macro_invalid`
   */
  async query(
    model: Pick<SqlQuery, 'rawSql' | 'format'> & Partial<SqlQuery>,
    context: MacroContext & { rowLimit: number; signal: AbortSignal },
  ): Promise<Frame[]> {
    const { sql, fill } = expandMacros(model.rawSql, context);
    assertSingleStatement(sql);
    const { fromMs, toMs, signal } = context;
    const rowLimit = this.#settings.rowLimit ?? context.rowLimit;
    const job = { kind: 'query', sql, format: model.format, rowLimit, fill: model.fill, grid: fill, fromMs, toMs } as const;
    const { frames } = await this.#run(job, signal);
    return frames.map((bytes) => decodeArrow(bytes));
  }

  /** Tables and views, by name. */
  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    return (await this.#run({ kind: 'tables' }, signal)).value as TableInfo[];
  }

  /** Columns of a table or view, undefined when there is none of that name. */
  async columns(table: string, signal: AbortSignal): Promise<readonly ColumnInfo[] | undefined> {
    return ((await this.#run({ kind: 'columns', table }, signal)).value ?? undefined) as ColumnInfo[] | undefined;
  }

  /** Ends all engines. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.engines[Symbol.asyncDispose]();
  }

  async #run(job: EngineJob, signal: AbortSignal) {
    const engines = await this.#enginesOf();
    return engines.run(job, { signal, timeoutMs: this.#settings.queryTimeoutMs, urgent: job.kind !== 'query' });
  }

  /** Another file under the same name (a backup restored, an export renamed into place) gets engines of its own. */
  async #enginesOf(): Promise<EnginePool> {
    const { path, identity } = await findDatabase(this.#settings);
    if (this.#pool?.identity !== identity) {
      const old = this.#pool;
      this.#pool = { identity, engines: new EnginePool({ path, allowWrites: this.#settings.allowWrites }, this.#poolOptions) };
      await old?.engines.retire();
    }
    return this.#pool.engines;
  }
}
