import type { Kysely, Transaction } from 'kysely';
import { ServerError } from '../errors/index.ts';
import type { Store, Tables } from '../store/index.ts';
import type { OrgRole } from './identity.ts';
import { containsText, type Page, page, sorted, type UserOrder } from './search.ts';

/** Address lines of an organisation. */
export const ADDRESS_LINES = ['address1', 'address2', 'city', 'zipCode', 'state', 'country'] as const;

export type Address = Readonly<Record<(typeof ADDRESS_LINES)[number], string>>;

export interface Org {
  readonly id: number;
  readonly name: string;
  readonly address: Address;
}

/** A user as a member of an organisation; times are epoch milliseconds, `lastSeenAtMs` 0 is never. */
export interface Member {
  readonly orgId: number;
  readonly userId: number;
  readonly uid: string;
  readonly email: string;
  readonly name: string;
  readonly login: string;
  readonly role: OrgRole;
  readonly isDisabled: boolean;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
}

/** The organisation that is made by itself. */
export const MAIN_ORG_ID = 1;

/** Organisations and who is in them. */
export class Orgs {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Makes the main organisation when there is none; data sources and users belong to one. */
  async ensureMain(): Promise<void> {
    const someone = await this.#store.db.selectFrom('org').select('id').limit(1).executeTakeFirst();
    if (someone !== undefined) return;
    const times = { created_at: this.#now(), updated_at: this.#now() };
    await this.#store.db
      .insertInto('org')
      .values({ id: MAIN_ORG_ID, name: 'Main Org.', ...times })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** @throws ServerError `org_not_found` */
  get(key: { readonly id: number } | { readonly name: string }): Promise<Org> {
    return getOrg(this.#store.db, key);
  }

  /** Those whose name contains `query`, by name. */
  async search(filter: { readonly query: string; readonly name: string }, part: Page): Promise<readonly Pick<Org, 'id' | 'name'>[]> {
    return this.#store.db
      .selectFrom('org')
      .select(['id', 'name'])
      .$if(filter.query !== '', (all) => all.where((eb) => containsText(eb, ['name'], filter.query)))
      .$if(filter.name !== '', (all) => all.where('name', '=', filter.name))
      .orderBy('name')
      .$call(page(part))
      .execute();
  }

  /**
   * Makes an organisation with its first administrator.
   *
   * @throws ServerError `org_name_taken`
   */
  async create(name: string, adminId: number): Promise<number> {
    return this.#store.db.transaction().execute(async (trx) => {
      await assertNameFree(trx, name, new ServerError('org_name_taken'));
      const times = { created_at: this.#now(), updated_at: this.#now() };
      const { id } = await trx
        .insertInto('org')
        .values({ name, ...times })
        .returning('id')
        .executeTakeFirstOrThrow();
      await trx.insertInto('org_user').values({ org_id: id, user_id: adminId, role: 'Admin' }).execute();
      return id;
    });
  }

  /** @throws ServerError `org_not_found`, `org_rename_taken` */
  async rename(id: number, name: string): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const org = await getOrg(trx, { id });
      if (org.name !== name) await assertNameFree(trx, name, new ServerError('org_rename_taken'));
      await trx.updateTable('org').set({ name, updated_at: this.#now() }).where('id', '=', id).execute();
    });
  }

  /** @throws ServerError `org_not_found` */
  async setAddress(id: number, address: Address): Promise<void> {
    await getOrg(this.#store.db, { id });
    const row = { address: JSON.stringify(address), updated_at: this.#now() };
    await this.#store.db.updateTable('org').set(row).where('id', '=', id).execute();
  }

  /**
   * Removes an organisation with all that is in it: data sources, settings, their secrets, service accounts. Users stay,
   * and work in another organisation from then on.
   *
   * @throws ServerError `org_delete_missing`
   */
  async remove(id: number): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const other = await trx.selectFrom('org').select('id').where('id', '!=', id).orderBy('id').executeTakeFirst();
      const found = await trx.selectFrom('org').select('id').where('id', '=', id).executeTakeFirst();
      if (found === undefined || other === undefined) throw new ServerError('org_delete_missing');
      const sources = await trx.selectFrom('data_source').select('id').where('org_id', '=', id).execute();
      const scopes = sources.map((source) => `datasource:${source.id}`);
      if (scopes.length > 0) await trx.deleteFrom('secret').where('scope', 'in', scopes).execute();
      await trx.deleteFrom('secret').where('scope', 'like', `app:${id}:%`).execute();
      await trx.deleteFrom('user').where('org_id', '=', id).where('is_service_account', '=', 1).execute();
      await trx.deleteFrom('org_user').where('org_id', '=', id).execute();
      const users = await trx.selectFrom('user').select('id').where('org_id', '=', id).execute();
      for (const user of users) await moveAway(trx, user.id, other.id);
      await trx.deleteFrom('org').where('id', '=', id).execute();
    });
  }

  /** Users of an organisation, by login or as they are to be sorted, without service accounts; `query` is part of login, e-mail or name. */
  async members(
    orgId: number,
    { query, orders, ...part }: Page & { readonly query: string; readonly orders?: readonly UserOrder[] },
  ): Promise<{ total: number; members: Member[] }> {
    const all = this.#store.db
      .selectFrom('org_user')
      .innerJoin('user', 'user.id', 'org_user.user_id')
      .where('org_user.org_id', '=', orgId)
      .where('user.is_service_account', '=', 0)
      .$if(query !== '', (some) => some.where((eb) => containsText(eb, ['user.login', 'user.email', 'user.name'], query)));
    const { total } = await all.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    const rows = await all
      .select(['user.id', 'uid', 'email', 'name', 'login', 'role', 'is_disabled', 'created_at', 'last_seen_at'])
      .$call(sorted(orders))
      .$call(page(part))
      .execute();
    const members = rows.map((row) => ({
      orgId,
      userId: row.id,
      uid: row.uid,
      email: row.email,
      name: row.name,
      login: row.login,
      role: row.role,
      isDisabled: row.is_disabled === 1,
      createdAtMs: row.created_at,
      lastSeenAtMs: row.last_seen_at,
    }));
    return { total, members };
  }

  /** Organisations of a user with the role there, by name. */
  async of(userId: number): Promise<readonly { readonly orgId: number; readonly name: string; readonly role: OrgRole }[]> {
    return this.#store.db
      .selectFrom('org_user')
      .innerJoin('org', 'org.id', 'org_user.org_id')
      .select(['org.id as orgId', 'org.name', 'role'])
      .where('user_id', '=', userId)
      .orderBy('org.name')
      .execute();
  }

  /** @returns whether the user was not in it yet; who is keeps the role. @throws ServerError `org_not_found` */
  async addMember(orgId: number, userId: number, role: OrgRole): Promise<boolean> {
    await getOrg(this.#store.db, { id: orgId });
    const { numInsertedOrUpdatedRows } = await this.#store.db
      .insertInto('org_user')
      .values({ org_id: orgId, user_id: userId, role })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** @throws ServerError `user_not_found`, `org_admin_last_role` */
  async setRole(orgId: number, userId: number, role: OrgRole): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      await assertUserIn(trx, orgId, userId);
      await trx.updateTable('org_user').set({ role }).where('org_id', '=', orgId).where('user_id', '=', userId).execute();
      await assertAdminLeft(trx, orgId, new ServerError('org_admin_last_role'));
    });
  }

  /**
   * Takes a user out of an organisation.
   *
   * @param options.removeOrphan removes the user, too, when it was the last organisation, except for administrators of the server
   * @returns whether the user was removed
   * @throws ServerError `user_not_found`, `org_admin_last_removed`
   */
  async removeMember(orgId: number, userId: number, { removeOrphan = false } = {}): Promise<boolean> {
    return this.#store.db.transaction().execute(async (trx) => {
      await assertUserIn(trx, orgId, userId);
      await trx.deleteFrom('org_user').where('org_id', '=', orgId).where('user_id', '=', userId).execute();
      await assertAdminLeft(trx, orgId, new ServerError('org_admin_last_removed'));
      const isOrphan = !(await moveAway(trx, userId, orgId));
      if (!isOrphan || !removeOrphan) return false;
      const { numDeletedRows } = await trx.deleteFrom('user').where('id', '=', userId).where('is_server_admin', '=', 0).executeTakeFirst();
      return numDeletedRows === 1n;
    });
  }
}

type Db = Kysely<Tables> | Transaction<Tables>;

async function getOrg(db: Db, key: { readonly id: number } | { readonly name: string }): Promise<Org> {
  const rows = db.selectFrom('org').select(['id', 'name', 'address']);
  const row = await ('id' in key ? rows.where('id', '=', key.id) : rows.where('name', '=', key.name)).executeTakeFirst();
  if (row === undefined) throw new ServerError('org_not_found');
  const stored = JSON.parse(row.address) as Partial<Address>;
  const address = Object.fromEntries(ADDRESS_LINES.map((line) => [line, stored[line] ?? ''])) as Address;
  return { id: row.id, name: row.name, address };
}

async function assertNameFree(db: Db, name: string, error: ServerError): Promise<void> {
  const taken = await db.selectFrom('org').select('id').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined) throw error;
}

async function assertUserIn(db: Db, orgId: number, userId: number): Promise<void> {
  const found = await db
    .selectFrom('org_user')
    .innerJoin('user', 'user.id', 'org_user.user_id')
    .select('user.id')
    .where('org_user.org_id', '=', orgId)
    .where('user_id', '=', userId)
    .where('is_service_account', '=', 0)
    .executeTakeFirst();
  if (found === undefined) throw new ServerError('user_not_found');
}

async function assertAdminLeft(db: Db, orgId: number, error: ServerError): Promise<void> {
  const left = await db
    .selectFrom('org_user')
    .innerJoin('user', 'user.id', 'org_user.user_id')
    .select('user.id')
    .where('org_user.org_id', '=', orgId)
    .where('role', '=', 'Admin')
    .where('is_service_account', '=', 0)
    .executeTakeFirst();
  if (left === undefined) throw error;
}

/** Lets a user work in an organisation that it is in. @returns whether there is one; otherwise `fallback` is set */
async function moveAway(db: Db, userId: number, fallback: number): Promise<boolean> {
  const others = await db.selectFrom('org_user').select('org_id').where('user_id', '=', userId).orderBy('org_id').execute();
  const user = await db.selectFrom('user').select('org_id').where('id', '=', userId).executeTakeFirstOrThrow();
  if (others.some(({ org_id }) => org_id === user.org_id)) return true;
  const next = others[0]?.org_id ?? fallback;
  await db.updateTable('user').set({ org_id: next }).where('id', '=', userId).execute();
  return others.length > 0;
}
