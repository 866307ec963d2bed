import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import type { Config, Secret } from './config/index.ts';
import { ServerError } from './errors/index.ts';
import { type Rotation, rotateMasterKey } from './secrets/index.ts';
import { lockStore, openStore } from './store/index.ts';

/** Whose secrets, and under which key they were. */
export interface RotateSecretsOptions {
  readonly config: Config;
  /** The `[security] secret_key` before, when one was configured. */
  readonly oldSecretKey?: Secret | undefined;
}

/**
 * Seals all stored secrets by new keys: under a changed `[security] secret_key`, else under a new random key in the data
 * folder. All or nothing; the server must not run.
 *
 * @throws ServerError `store_in_use`, `secret_key_wrong`, `secret_undecryptable`, and those of a start
 */
export async function rotateSecrets({ config, oldSecretKey }: RotateSecretsOptions): Promise<Rotation> {
  const file = config.database.path;
  if (!existsSync(file)) throw new ServerError('store_failed', { file, detail: `there is no database ${file}; nothing was changed` });
  using _lock = lockStore(file);
  await using store = openStore(file);
  const rotation = await rotateMasterKey(store.db, {
    secretKey: config.security.secretKey,
    oldSecretKey,
    dataFolder: config.paths.data,
  });
  // What the old keys open must not lie in free pages, nor in the log.
  await sql`VACUUM`.execute(store.db);
  await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(store.db);
  return rotation;
}
