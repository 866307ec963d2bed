import { randomBytes, randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Tables } from '../store/index.ts';
import { seal, unseal } from './cipher.ts';

type Db = Kysely<Tables> | Transaction<Tables>;

/** Secrets of one owner by name. */
export type Secrets = ReadonlyMap<string, Secret>;

const keysKept = 1000;

/**
 * Secrets at rest: each value is sealed by a data key, each data key by the master key. There is one data key per day.
 * A value is bound to its owner (`scope`) and its name, so that rows cannot be swapped.
 *
 * Every method takes the database or a transaction as its first argument.
 */
export class SecretBox {
  readonly #masterKey: Uint8Array;
  readonly #now: () => number;
  /** Opened data keys by id. */
  readonly #dataKeys = new Map<string, Uint8Array>();

  constructor(masterKey: Uint8Array, now: () => number = Date.now) {
    this.#masterKey = masterKey;
    this.#now = now;
  }

  /** Writes these values and keeps the others of this owner. */
  async merge(db: Db, scope: string, values: Readonly<Record<string, Secret>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await this.#write(db, scope, name, value);
  }

  /** Writes these values and forgets the others of this owner. */
  async replace(db: Db, scope: string, values: Readonly<Record<string, Secret>>): Promise<void> {
    await this.remove(db, scope);
    await this.merge(db, scope, values);
  }

  async remove(db: Db, scope: string): Promise<void> {
    await db.deleteFrom('secret').where('scope', '=', scope).execute();
  }

  /**
   * All secrets of one owner.
   *
   * @throws ServerError `secret_undecryptable`
   */
  async read(db: Db, scope: string): Promise<Secrets> {
    const rows = await db.selectFrom('secret').select(['name', 'key_id', 'sealed']).where('scope', '=', scope).orderBy('name').execute();
    const secrets = new Map<string, Secret>();
    for (const row of rows) {
      const key = await this.#openDataKey(db, row.key_id);
      secrets.set(row.name, new Secret(open(key, row.sealed, context(scope, row.name)).toString('utf8')));
    }
    return secrets;
  }

  /**
   * Seals all secrets anew in another box, which makes its own data keys, and forgets the data keys of this one.
   *
   * @returns how many secrets there are
   * @throws ServerError `secret_undecryptable`
   */
  async resealAll(trx: Transaction<Tables>, to: SecretBox): Promise<number> {
    const owners = await trx.selectFrom('secret').select('scope').distinct().execute();
    const all: [string, Secrets][] = [];
    for (const { scope } of owners) all.push([scope, await this.read(trx, scope)]);
    await trx.deleteFrom('secret').execute();
    await trx.deleteFrom('secret_key').execute();
    for (const [scope, secrets] of all) await to.merge(trx, scope, Object.fromEntries(secrets));
    return all.reduce((sum, [, secrets]) => sum + secrets.size, 0);
  }

  async #write(db: Db, scope: string, name: string, value: Secret): Promise<void> {
    const { id, key } = await this.#currentDataKey(db);
    const row = { key_id: id, sealed: seal(key, Buffer.from(value.open()), context(scope, name)), updated_at: this.#now() };
    await db
      .insertInto('secret')
      .values({ scope, name, ...row })
      .onConflict((conflict) => conflict.columns(['scope', 'name']).doUpdateSet(row))
      .execute();
  }

  async #currentDataKey(db: Db): Promise<{ id: string; key: Uint8Array }> {
    const today = new Date(this.#now()).toISOString().slice(0, 10);
    const known = await db.selectFrom('secret_key').select('id').where('id', 'like', `${today}/%`).orderBy('id').executeTakeFirst();
    if (known !== undefined) return { id: known.id, key: await this.#openDataKey(db, known.id) };
    const id = `${today}/${randomUUID()}`;
    const key = randomBytes(32);
    await db
      .insertInto('secret_key')
      .values({ id, sealed: seal(this.#masterKey, key, id), created_at: this.#now() })
      .execute();
    return { id, key };
  }

  async #openDataKey(db: Db, id: string): Promise<Uint8Array> {
    const kept = this.#dataKeys.get(id);
    if (kept !== undefined) return kept;
    const row = await db.selectFrom('secret_key').select('sealed').where('id', '=', id).executeTakeFirstOrThrow();
    const key = open(this.#masterKey, row.sealed, id);
    if (this.#dataKeys.size >= keysKept) this.#dataKeys.clear();
    this.#dataKeys.set(id, key);
    return key;
  }
}

/** The values themselves. The only place where stored secrets leave their wrapping; call it when a plugin is called. */
export function openSecrets(secrets: Secrets): Record<string, string> {
  return Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.open()]));
}

/** Which secrets are set: those that are not empty. Never holds a value. */
export function secretFields(secrets: Secrets): Record<string, true> {
  return Object.fromEntries([...secrets].filter(([, secret]) => secret.open() !== '').map(([name]) => [name, true as const]));
}

function context(scope: string, name: string): string {
  return `${scope}\n${name}`;
}

function open(key: Uint8Array, sealed: Uint8Array, place: string): Buffer {
  try {
    return unseal(key, sealed, place);
  } catch (cause) {
    const detail = `a secret of ${place.replace('\n', ', ')} cannot be decrypted; was [security] secret_key, or secret.key in the data folder, changed?`;
    throw new ServerError('secret_undecryptable', { detail }, { cause });
  }
}
