import type { Kysely, Transaction } from 'kysely';
import { createUid } from '../auth/index.ts';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { SecretBox, Secrets } from '../secrets/index.ts';
import { readOrgIds, type Store, type Tables } from '../store/index.ts';
import { type DataSource, fromRow, isValidUid, secretScope } from './data-source.ts';

/** What a client or a file says about a data source. */
export interface DataSourceInput {
  readonly name: string;
  readonly type: string;
  readonly access: string;
  readonly url?: string | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  readonly basicAuth?: boolean | undefined;
  readonly basicAuthUser?: string | undefined;
  readonly withCredentials?: boolean | undefined;
  readonly isDefault?: boolean | undefined;
  /** JSON text with sorted keys; absent is `{}`. */
  readonly jsonData?: string | undefined;
  readonly secrets?: Readonly<Record<string, Secret>> | undefined;
  readonly uid?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly isPrunable?: boolean | undefined;
}

export interface DataSourceUpdate extends DataSourceInput {
  /** The version that the sender has seen; without one the update always wins and the version is 1 again. */
  readonly version?: number | undefined;
  /** Forget secrets that are not given, as files do. */
  readonly replaceSecrets?: boolean | undefined;
  /** Take another uid than the stored one, as files may; clients may not. */
  readonly canChangeUid?: boolean | undefined;
}

export interface DataSourcesOptions {
  readonly store: Store;
  readonly secrets: SecretBox;
  /** A list is cut after so many. */
  readonly limit: number;
  readonly now?: (() => number) | undefined;
}

type Db = Kysely<Tables> | Transaction<Tables>;

const longestName = 190;
const longestUrl = 255;

/** Data sources of all organisations, with Grafana's rules for creating, changing and removing them. */
export class DataSources {
  readonly #store: Store;
  readonly #secrets: SecretBox;
  readonly #limit: number;
  readonly #now: () => number;

  constructor({ store, secrets, limit, now = Date.now }: DataSourcesOptions) {
    this.#store = store;
    this.#secrets = secrets;
    this.#limit = limit;
    this.#now = now;
  }

  /** The organisations that can have data sources. */
  orgIds(): Promise<ReadonlySet<number>> {
    return readOrgIds(this.#store.db);
  }

  /** Sorted by name, whatever the case of letters. */
  async list(orgId: number): Promise<DataSource[]> {
    const rows = await this.#store.db
      .selectFrom('data_source')
      .selectAll()
      .where('org_id', '=', orgId)
      .orderBy((eb) => eb.fn<string>('lower', ['name']))
      .limit(this.#limit)
      .execute();
    return rows.map(fromRow);
  }

  /** @throws ServerError `data_source_not_found` */
  async get(orgId: number, key: { readonly uid: string } | { readonly id: number } | { readonly name: string }): Promise<DataSource> {
    const found = await this.find(orgId, key);
    if (found === undefined) throw new ServerError('data_source_not_found');
    return found;
  }

  async find(
    orgId: number,
    key: { readonly uid: string } | { readonly id: number } | { readonly name: string },
  ): Promise<DataSource | undefined> {
    const [[column, value]] = Object.entries(key) as [['uid' | 'id' | 'name', string | number]];
    return this.#store.remember(`data_source ${orgId} ${column} ${value}`, async () => {
      const row = await this.#store.db
        .selectFrom('data_source')
        .selectAll()
        .where('org_id', '=', orgId)
        .where(column, '=', value as never)
        .executeTakeFirst();
      return row === undefined ? undefined : fromRow(row);
    });
  }

  secretsOf(dataSource: DataSource): Promise<Secrets> {
    return this.#store.remember(`secrets ${dataSource.id}`, () => this.#secrets.read(this.#store.db, secretScope(dataSource.id)));
  }

  /**
   * The first one of an organisation becomes its default. Empty secrets are not kept.
   *
   * @throws ServerError `data_source_name_exists`, `data_source_uid_exists`, `data_source_uid_invalid`,
   *   `data_source_name_invalid`, `data_source_url_too_long`
   */
  async add(orgId: number, input: DataSourceInput): Promise<DataSource> {
    assertLengths(input);
    return this.#store.db.transaction().execute(async (trx) => {
      const others = await trx.selectFrom('data_source').select(['name', 'uid']).where('org_id', '=', orgId).execute();
      const name =
        input.name === ''
          ? freeName(
              input.type,
              others.map((other) => other.name),
            )
          : input.name;
      if (others.some((other) => other.name === name)) throw new ServerError('data_source_name_exists');
      const uid = input.uid === undefined || input.uid === '' ? createUid() : input.uid;
      if (!isValidUid(uid)) throw new ServerError('data_source_uid_invalid');
      if (others.some((other) => other.uid === uid)) throw new ServerError('data_source_uid_exists');
      const isDefault = input.isDefault === true || others.length === 0;
      const now = this.#now();
      const row = await trx
        .insertInto('data_source')
        .values({
          org_id: orgId,
          uid,
          name,
          type: input.type,
          access: input.access,
          url: input.url ?? '',
          user: input.user ?? '',
          database: input.database ?? '',
          basic_auth: flag(input.basicAuth),
          basic_auth_user: input.basicAuthUser ?? '',
          with_credentials: flag(input.withCredentials),
          is_default: flag(isDefault),
          json_data: input.jsonData ?? '{}',
          api_version: input.apiVersion ?? '',
          version: 1,
          read_only: flag(input.readOnly),
          is_prunable: flag(input.isPrunable),
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const filled = Object.fromEntries(Object.entries(input.secrets ?? {}).filter(([, value]) => value.open() !== ''));
      await this.#secrets.merge(trx, secretScope(row.id), filled);
      if (isDefault) await clearOtherDefaults(trx, orgId, row.id);
      return fromRow(row);
    });
  }

  /**
   * Changes a stored one. Its jsonData is replaced; url, basicAuthUser and apiVersion stay when they are empty here;
   * secrets that are not given stay.
   *
   * @throws ServerError `data_source_not_found`, `data_source_rename_conflict`, `data_source_uid_change`,
   *   `data_source_version_conflict`, `data_source_name_invalid`, `data_source_url_too_long`
   */
  async update(orgId: number, id: number, input: DataSourceUpdate): Promise<DataSource> {
    assertLengths(input);
    return this.#store.db.transaction().execute(async (trx) => {
      const old = await trx.selectFrom('data_source').selectAll().where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst();
      if (old === undefined) throw new ServerError('data_source_not_found');
      await assertNameIsFree(trx, orgId, id, input.name);
      const uid = await newUid(trx, orgId, old.uid, input);
      const version = input.version ?? 0;
      if (version !== 0 && old.version > version) throw new ServerError('data_source_version_conflict');
      const row = await trx
        .updateTable('data_source')
        .set({
          uid,
          name: input.name,
          type: input.type,
          access: input.access,
          url: input.url || old.url,
          user: input.user ?? '',
          database: input.database ?? '',
          basic_auth: flag(input.basicAuth),
          basic_auth_user: input.basicAuthUser || old.basic_auth_user,
          with_credentials: flag(input.withCredentials),
          is_default: flag(input.isDefault),
          json_data: input.jsonData ?? '{}',
          api_version: input.apiVersion || old.api_version,
          version: version + 1,
          read_only: flag(input.readOnly),
          is_prunable: flag(input.isPrunable),
          // Plugins open a new instance when this changes, so it must, even within one millisecond.
          updated_at: Math.max(this.#now(), old.updated_at + 1),
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const secrets = input.secrets ?? {};
      await (input.replaceSecrets === true
        ? this.#secrets.replace(trx, secretScope(id), secrets)
        : this.#secrets.merge(trx, secretScope(id), secrets));
      if (input.isDefault === true) await clearOtherDefaults(trx, orgId, id);
      return fromRow(row);
    });
  }

  /** Removes it together with its secrets; one that is not there is fine. */
  async remove(orgId: number, id: number): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx.deleteFrom('data_source').where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst();
      if (numDeletedRows > 0n) await this.#secrets.remove(trx, secretScope(id));
    });
  }

  /** Those from files with `prune: true`, of all organisations. */
  async prunable(): Promise<DataSource[]> {
    const rows = await this.#store.db.selectFrom('data_source').selectAll().where('is_prunable', '=', 1).orderBy('id').execute();
    return rows.map(fromRow);
  }
}

function assertLengths({ name, url = '' }: DataSourceInput): void {
  if ([...name].length > longestName) throw new ServerError('data_source_name_invalid');
  if ([...url].length > longestUrl) throw new ServerError('data_source_url_too_long');
}

async function assertNameIsFree(db: Db, orgId: number, id: number, name: string): Promise<void> {
  const other = await db
    .selectFrom('data_source')
    .select('id')
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (other !== undefined) throw new ServerError('data_source_rename_conflict');
}

async function newUid(db: Db, orgId: number, oldUid: string, { uid, canChangeUid }: DataSourceUpdate): Promise<string> {
  if (uid === undefined || uid === '' || uid === oldUid) return oldUid;
  if (canChangeUid !== true) throw new ServerError('data_source_uid_change');
  if (!isValidUid(uid)) throw new ServerError('data_source_uid_invalid');
  const other = await db.selectFrom('data_source').select('id').where('org_id', '=', orgId).where('uid', '=', uid).executeTakeFirst();
  if (other !== undefined) throw new ServerError('data_source_uid_exists');
  return uid;
}

async function clearOtherDefaults(db: Db, orgId: number, id: number): Promise<void> {
  await db.updateTable('data_source').set({ is_default: 0 }).where('org_id', '=', orgId).where('id', '!=', id).execute();
}

/** The type itself, then type-1, type-2 …, whatever the case of letters. */
function freeName(type: string, taken: readonly string[]): string {
  const names = new Set(taken.map((name) => name.toLowerCase()));
  let name = type;
  for (let count = 1; names.has(name.toLowerCase()); count++) name = `${type}-${count}`;
  return name;
}

function flag(value: boolean | undefined): 0 | 1 {
  return value === true ? 1 : 0;
}
