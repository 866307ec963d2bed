import { accessSync, chmodSync, closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { ServerError } from '../errors/index.ts';
import { folderUnusable, makeFolder } from './make-folder.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { ChangeCounter, Remembered } from './remembered.ts';
import type { Tables } from './schema.ts';
import { adaptSqlite } from './sqlite-adapter.ts';

/** The embedded database. Dispose it after the last query. */
export interface Store extends AsyncDisposable {
  readonly db: Kysely<Tables>;
  /**
   * What `read` gave last under this key, unless anything was written since: by this server at any time, by others before
   * this turn of the event loop. Much cheaper than asking again. Nobody may change the value.
   */
  remember<Value>(key: string, read: () => Promise<Value>): Promise<Value>;
  /** Grows with every write that `remember` would notice: as long as it is the same, what was read holds. */
  changes(): number;
  /** Whether it answers; for health checks. */
  ping(): boolean;
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** How long a write waits for another process's lock. */
  readonly busyTimeoutMs?: number | undefined;
  /** For tests of the migrations. */
  readonly migrations?: readonly Migration[] | undefined;
  readonly now?: (() => number) | undefined;
}

/**
 * Opens the database file, makes it when it is missing (readable by its owner only), and brings its schema up to date.
 * A damaged file is left exactly as it is.
 *
 * @throws ServerError `data_folder_unusable`, `store_corrupt`, `store_newer`, `store_failed`
 */
export function openStore(file: string, options: OpenStoreOptions = {}): Store {
  const { busyTimeoutMs = 5000, migrations = MIGRATIONS, now = Date.now } = options;
  prepareFolder(file);
  assertLooksLikeDatabase(file);
  const database = openDatabase(file, busyTimeoutMs);
  try {
    migrate(database, migrations, file, now);
  } catch (error) {
    database.close();
    throw toStoreError(error, file);
  }
  const changes = new ChangeCounter(database);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adaptSqlite(database, () => changes.noteWrite()) }) });
  const remembered = new Remembered(changes);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= db.destroy().then(() => {
      // kysely only closes what a query has opened before.
      if (database.isOpen) database.close();
    });
    return closing;
  };
  return {
    db,
    remember: (key, read) => remembered.get(key, read),
    changes: () => changes.count(),
    ping: () => answers(database),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function prepareFolder(file: string): void {
  const folder = dirname(file);
  makeFolder(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw folderUnusable(folder, cause);
  }
}

function assertLooksLikeDatabase(file: string): void {
  if (!existsSync(file)) return;
  const head = Buffer.alloc(16);
  let length: number;
  try {
    const descriptor = openSync(file, 'r');
    length = readSync(descriptor, head, 0, 16, 0);
    closeSync(descriptor);
  } catch (cause) {
    throw new ServerError('store_failed', { file, detail: `the database ${file} cannot be read: ${(cause as Error).message}` }, { cause });
  }
  if (length > 0 && head.toString('latin1') !== 'SQLite format 3\u0000') throw corrupt(file, 'it does not begin like a SQLite database');
}

function openDatabase(file: string, busyTimeoutMs: number): DatabaseSync {
  const isNew = !existsSync(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    if (isNew) chmodSync(file, 0o600);
    const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check?: string };
    if (check.quick_check !== 'ok') throw corrupt(file, check.quick_check ?? 'the check says nothing');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error, file);
  }
}

function migrate(database: DatabaseSync, migrations: readonly Migration[], file: string, now: () => number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, title TEXT NOT NULL, applied_at INTEGER NOT NULL)',
    );
    const { version } = database.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_version').get() as { version: number };
    const newest = migrations.at(-1)?.version ?? 0;
    if (version > newest) {
      const detail = `the database ${file} has schema version ${version}, this program knows up to ${newest}; start the newer version again`;
      throw new ServerError('store_newer', { file, version, newest, detail });
    }
    for (const migration of migrations.filter((step) => step.version > version)) {
      database.exec(migration.sql);
      database.prepare('INSERT INTO schema_version VALUES (?, ?, ?)').run(migration.version, migration.title, now());
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function answers(database: DatabaseSync): boolean {
  try {
    return database.isOpen && database.prepare('SELECT 1 AS one').get() !== undefined;
  } catch {
    return false; // what is asked is whether it answers, and it does not
  }
}

function toStoreError(error: unknown, file: string): ServerError {
  if (error instanceof ServerError) return error;
  const { errcode } = error as { errcode?: number };
  const sqliteCorrupt = 11;
  const sqliteNotADatabase = 26;
  if (errcode === sqliteCorrupt || errcode === sqliteNotADatabase) return corrupt(file, (error as Error).message, error);
  return new ServerError(
    'store_failed',
    { file, detail: `the database ${file} cannot be opened: ${(error as Error).message}` },
    { cause: error },
  );
}

function corrupt(file: string, seen: string, cause?: unknown): ServerError {
  const detail = `the database ${file} is damaged (${seen}); it was not touched: move it away, or restore a backup in its place`;
  return new ServerError('store_corrupt', { file, detail }, { cause });
}
