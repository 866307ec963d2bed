import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ServerError } from '../errors/index.ts';

/**
 * Makes a folder of ours and those above it, for their owner only. One that is there is left as it is.
 *
 * @throws ServerError `data_folder_unusable`
 */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(folder);
  } catch (cause) {
    throw folderUnusable(folder, cause);
  }
}

/** What is wrong with a folder that we cannot use. */
export function folderUnusable(folder: string, cause: unknown): ServerError {
  const detail = `the data folder ${folder} cannot be used: ${(cause as Error).message}`;
  return new ServerError('data_folder_unusable', { folder, detail }, { cause });
}

/** Node's own `recursive` never returns where the system says of a parent that is there that it is not, as /proc does. */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeWithParents(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may make it at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
