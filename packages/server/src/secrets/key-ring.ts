import type { Kysely } from 'kysely';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Tables } from '../store/index.ts';
import { unseal } from './cipher.ts';
import {
  createKeyFile,
  deriveMasterKey,
  keyFiles,
  loadMasterKey,
  type MasterKey,
  type MasterKeyOptions,
  promoteNextKey,
  readKeyFile,
} from './master-key.ts';
import { SecretBox } from './secret-box.ts';

const namespace = 'secrets';
const markName = 'master_key';

/** Where a database's master key comes from. */
export interface KeyRingOptions extends MasterKeyOptions {
  readonly now?: (() => number) | undefined;
}

/**
 * Opens the secrets of a database with its master key, and notes at the first time which key that is: another one is
 * refused when the server starts, and not when the first secret is needed. Ends a rotation that was cut short.
 *
 * @throws ServerError `secret_key_wrong`, `secret_key_unusable`
 */
export async function openSecretBox(db: Kysely<Tables>, options: KeyRingOptions): Promise<SecretBox> {
  const { dataFolder, now = Date.now } = options;
  const wanted = await readMark(db);
  const next = wanted === undefined ? undefined : readKeyFile(keyFiles(dataFolder).next);
  if (options.secretKey === undefined && next !== undefined && next.mark === wanted) promoteNextKey(dataFolder);
  const master = loadMasterKey(options);
  if (!(await fits(db, master, wanted))) throw wrongKey(options);
  if (wanted === undefined) await writeMark(db, master, now);
  return new SecretBox(master.key, now);
}

/** What a rotation did. */
export interface Rotation {
  /** Secrets that were sealed anew. */
  readonly secrets: number;
  /** Where the new master key comes from. */
  readonly source: '[security] secret_key' | 'secret.key';
  /** The file that holds the master key before, which older backups need. */
  readonly keptKeyFile: string | undefined;
}

export interface RotationOptions extends KeyRingOptions {
  /** The `secret_key` before, when it was configured. */
  readonly oldSecretKey?: Secret | undefined;
}

/**
 * Seals every secret of a database by new data keys under a new master key, all or nothing. The new one is
 * `[security] secret_key` when that was changed, else a random one in `<data>/secret.key`. No server may run meanwhile.
 *
 * @throws ServerError `secret_key_wrong` when no key at hand opens the database or nothing new is configured,
 * `secret_key_unusable`, `secret_undecryptable`
 */
export async function rotateMasterKey(db: Kysely<Tables>, options: RotationOptions): Promise<Rotation> {
  const { secretKey, dataFolder, now = Date.now } = options;
  const { current, next } = keyFiles(dataFolder);
  const configured = secretKey === undefined ? undefined : deriveMasterKey(secretKey);
  const old = await findOldKey(db, [
    options.oldSecretKey === undefined ? undefined : deriveMasterKey(options.oldSecretKey),
    configured,
    readKeyFile(next),
    readKeyFile(current),
  ]);
  if (old === undefined) throw wrongKey(options);
  if (configured !== undefined && configured.mark === old.mark) {
    const detail =
      'the database is sealed by the configured [security] secret_key already; set another one, and give this one by --old-key-file';
    throw new ServerError('secret_key_wrong', { detail });
  }
  if (configured === undefined && readKeyFile(next)?.mark === old.mark) promoteNextKey(dataFolder);
  const master = configured ?? createKeyFile(next);
  const secrets = await db.transaction().execute(async (trx) => {
    const sealed = await new SecretBox(old.key, now).resealAll(trx, new SecretBox(master.key, now));
    await writeMark(trx, master, now);
    return sealed;
  });
  if (configured !== undefined) return { secrets, source: '[security] secret_key', keptKeyFile: undefined };
  return { secrets, source: 'secret.key', keptKeyFile: promoteNextKey(dataFolder) };
}

async function findOldKey(db: Kysely<Tables>, candidates: readonly (MasterKey | undefined)[]): Promise<MasterKey | undefined> {
  const wanted = await readMark(db);
  for (const candidate of candidates) if (candidate !== undefined && (await fits(db, candidate, wanted))) return candidate;
  return undefined;
}

/** By the note in the database, or, in one from before there were notes, by opening a data key. */
async function fits(db: Kysely<Tables>, master: MasterKey, wanted: string | undefined): Promise<boolean> {
  if (wanted !== undefined) return master.mark === wanted;
  const row = await db.selectFrom('secret_key').select(['id', 'sealed']).orderBy('id', 'desc').limit(1).executeTakeFirst();
  if (row === undefined) return true;
  try {
    unseal(master.key, row.sealed, row.id);
    return true;
  } catch {
    return false; // that is what was asked
  }
}

async function readMark(db: Kysely<Tables>): Promise<string | undefined> {
  const query = db.selectFrom('kv').select('value').where('namespace', '=', namespace).where('key', '=', markName);
  return (await query.executeTakeFirst())?.value;
}

async function writeMark(db: Kysely<Tables>, { mark }: MasterKey, now: () => number): Promise<void> {
  await db
    .insertInto('kv')
    .values({ namespace, key: markName, value: mark, updated_at: now() })
    .onConflict((conflict) => conflict.columns(['namespace', 'key']).doUpdateSet({ value: mark, updated_at: now() }))
    .execute();
}

function wrongKey({ secretKey, dataFolder }: MasterKeyOptions): ServerError {
  const { current } = keyFiles(dataFolder);
  const detail =
    secretKey === undefined
      ? `${current} is not the key that seals the secrets of this database; restore the one that was made with it, or set the [security] secret_key that was used`
      : 'the [security] secret_key is not the one that seals the secrets of this database; set the one before, or move to this one with `backplane rotate-key`';
  return new ServerError('secret_key_wrong', { detail });
}
