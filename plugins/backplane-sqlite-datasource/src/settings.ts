import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SqliteError } from './errors.ts';

/** What the user sets in `jsonData`. */
export const settingsModel = z.object({
  path: z.string().min(1, 'is empty; give the path of an SQLite database file'),
  allowWrites: z.boolean().default(false),
  rowLimit: z.number().int().positive().optional(),
  queryTimeoutMs: z.number().int().positive().max(3_600_000).default(30_000),
});

/** Validated settings. */
export type Settings = z.output<typeof settingsModel>;

/** A database file that is there. */
export interface DatabaseFile {
  /** Absolute. */
  readonly path: string;
  /** Changes when the file is replaced by another one under the same name. */
  readonly identity: string;
}

/**
 * Finds the database file; it is never created.
 *
 * @throws SqliteError `settings_invalid` for what is no file path, `database_missing` for what is not there
 */
export async function findDatabase({ path }: Settings): Promise<DatabaseFile> {
  if (path === ':memory:' || /^file:/i.test(path))
    throw new SqliteError('settings_invalid', `jsonData.path is ${JSON.stringify(path)}; give the plain path of a database file`);
  const absolute = resolve(path);
  const named = `jsonData.path ${JSON.stringify(path)}${absolute === path ? '' : ` (${absolute})`}`;
  const info = await stat(absolute).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
      throw new SqliteError('database_missing', `${named} does not exist; create the database file or correct the setting`);
    throw new SqliteError('database_missing', `${named} cannot be read: ${cause.message}`, { cause });
  });
  if (!info.isFile()) throw new SqliteError('settings_invalid', `${named} is no file; give the path of a database file`);
  return { path: absolute, identity: `${info.dev}:${info.ino}` };
}
