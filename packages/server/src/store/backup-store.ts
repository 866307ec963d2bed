import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ServerError } from '../errors/index.ts';

/** What a backup holds. */
export interface BackupFacts {
  readonly bytes: number;
  readonly schemaVersion: number;
}

/**
 * Writes a database as it is at one moment into one new file, readable by its owner only, while servers go on reading
 * and writing it. The file appears under its name only when it is whole, checked, and on the disk.
 *
 * @param file the database
 * @param target a path where nothing is yet
 * @throws ServerError `backup_failed`
 */
export function backupStore(file: string, target: string): BackupFacts {
  const failed = (what: string, cause?: unknown) => {
    return new ServerError('backup_failed', { file, detail: `no backup of ${file} was made: ${what}` }, { cause });
  };
  if (!existsSync(file)) throw failed('there is no such database; give the configuration or the data folder of the server');
  if (existsSync(target)) throw failed(`${target} exists already; choose another name, or move it away`);
  const draft = `${target}.partial`;
  try {
    rmSync(draft, { force: true });
    copy(file, draft);
    const facts = inspect(draft);
    settle(draft);
    renameSync(draft, target);
    settle(dirname(target));
    return facts;
  } catch (cause) {
    rmSync(draft, { force: true });
    throw failed((cause as Error).message, cause);
  }
}

/** In one read transaction: writers of a WAL database do not wait for it, and it does not see what they write. */
function copy(file: string, draft: string): void {
  closeSync(openSync(draft, 'wx', 0o600));
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    source.prepare('VACUUM INTO ?').run(draft);
  } finally {
    source.close();
  }
  chmodSync(draft, 0o600);
}

function inspect(draft: string): BackupFacts {
  const database = new DatabaseSync(draft, { readOnly: true });
  try {
    const check = database.prepare('PRAGMA integrity_check(1)').get() as { integrity_check?: string };
    if (check.integrity_check !== 'ok') throw new Error(`the copy is damaged: ${check.integrity_check}`);
    const { schemaVersion } = database.prepare('SELECT max(version) AS schemaVersion FROM schema_version').get() as unknown as BackupFacts;
    const { bytes } = database
      .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
      .get() as unknown as BackupFacts;
    return { bytes, schemaVersion };
  } finally {
    database.close();
  }
}

function settle(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
