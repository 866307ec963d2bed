import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ServerError } from '../errors/index.ts';
import { folderUnusable, makeFolder } from './make-folder.ts';

const sqliteBusy = 5;

/**
 * Makes this process the only server of a database until it is disposed.
 *
 * The lock is the system's own, taken by SQLite on an empty file beside the database: it ends with the process, however
 * that ends, so nothing stale is ever in the way. Who holds it is written beside it, for the error of the next one.
 *
 * @throws ServerError `store_in_use`, `data_folder_unusable`
 */
export function lockStore(file: string): Disposable {
  const ownerFile = `${file}.owner`;
  let lock: DatabaseSync | undefined;
  try {
    makeFolder(dirname(file));
    lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(ownerFile, `${JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString() })}\n`, { mode: 0o600 });
  } catch (cause) {
    lock?.close();
    throw toLockError(cause, file);
  }
  const held = lock;
  return {
    [Symbol.dispose]() {
      if (!held.isOpen) return;
      rmSync(ownerFile, { force: true });
      held.close();
    },
  };
}

function toLockError(cause: unknown, file: string): ServerError {
  if ((cause as { errcode?: number }).errcode === sqliteBusy) {
    const detail = `the database ${file} is in use by another server${describeOwner(`${file}.owner`)}; stop that one, or give this one a data folder of its own`;
    return new ServerError('store_in_use', { file, detail }, { cause });
  }
  return cause instanceof ServerError ? cause : folderUnusable(dirname(file), cause);
}

function describeOwner(ownerFile: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(ownerFile, 'utf8')) as { pid: unknown; startedAt: unknown };
    return ` (process ${pid}, started ${startedAt})`;
  } catch {
    return ''; // it has the lock and has not yet said who it is
  }
}
