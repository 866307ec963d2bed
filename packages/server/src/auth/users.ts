import type { ExpressionBuilder, Kysely, Selectable, Transaction } from 'kysely';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Store, Tables, UserTable } from '../store/index.ts';
import type { Identity, OrgRole } from './identity.ts';
import { MAIN_ORG_ID } from './orgs.ts';
import type { Passwords } from './password.ts';
import { containsText, type Page, page, sorted, type UserOrder } from './search.ts';
import { createUid } from './uid.ts';

export interface NewUser {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly password: Secret;
  readonly orgId?: number | undefined;
  readonly role?: OrgRole | undefined;
  readonly isServerAdmin?: boolean | undefined;
}

/** What may be changed of a user; an empty or missing text leaves what is there. */
export interface UserChange {
  readonly login?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly theme?: string | undefined;
}

/** A user as the API tells; times are epoch milliseconds, `lastSeenAtMs` 0 is never. */
export interface User {
  readonly id: number;
  readonly uid: string;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly theme: string;
  /** The organisation that requests without a choice of their own are for. */
  readonly orgId: number;
  readonly isServerAdmin: boolean;
  readonly isDisabled: boolean;
  readonly helpFlags: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastSeenAtMs: number;
}

/** A user together with the hash of the password. */
export interface UserAccount {
  readonly identity: Identity;
  readonly passwordHash: string;
  readonly isDisabled: boolean;
  readonly lastSeenAtMs: number;
}

const shortestPassword = 4;
const seenPrecisionMs = 15 * 60_000;

/** People with a password. Service accounts, which are rows of the same table, are none of them. */
export class Users {
  readonly #store: Store;
  readonly #passwords: Passwords;
  readonly #now: () => number;

  constructor(store: Store, passwords: Passwords, now: () => number = Date.now) {
    this.#store = store;
    this.#passwords = passwords;
    this.#now = now;
  }

  /** Whether there is any. */
  async isEmpty(): Promise<boolean> {
    return (await this.#store.db.selectFrom('user').select('id').where('is_service_account', '=', 0).limit(1).execute()).length === 0;
  }

  /** @throws ServerError `user_exists`, `user_name_missing`, `password_too_short`, `user_org_missing` */
  async create(user: NewUser): Promise<{ readonly id: number; readonly uid: string }> {
    const { orgId = MAIN_ORG_ID, role = 'Viewer', login, email, name } = user;
    if (login === '' && email === '') throw new ServerError('user_name_missing');
    const passwordHash = await this.#hash(user.password);
    const uid = createUid();
    return this.#store.db.transaction().execute(async (trx) => {
      await assertNamesFree(trx, [login, email], undefined, new ServerError('user_exists', { login, email }));
      const org = await trx.selectFrom('org').select('id').where('id', '=', orgId).executeTakeFirst();
      if (org === undefined) throw new ServerError('user_org_missing');
      const row = {
        uid,
        login: login || email,
        email: email || login,
        name,
        password_hash: passwordHash,
        is_server_admin: user.isServerAdmin === true ? (1 as const) : (0 as const),
        is_disabled: 0 as const,
        org_id: orgId,
        created_at: this.#now(),
        updated_at: this.#now(),
      };
      const { id } = await trx.insertInto('user').values(row).returning('id').executeTakeFirstOrThrow();
      await trx.insertInto('org_user').values({ org_id: orgId, user_id: id, role }).execute();
      return { id, uid };
    });
  }

  /** @throws ServerError `user_not_found` */
  async get(id: number): Promise<User> {
    return toUser(await this.#row(this.#store.db, id));
  }

  /** By login or e-mail, in any case of letters. @throws ServerError `user_not_found` */
  async getByName(loginOrEmail: string): Promise<User> {
    const row = await this.#byName(loginOrEmail);
    if (row === undefined) throw new ServerError('user_not_found');
    return toUser(row);
  }

  /** The id that a path names: a number as it stands, or that of a uid. */
  async idOf(text: string): Promise<number | undefined> {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    const row = await this.#store.db.selectFrom('user').select('id').where('uid', '=', text).executeTakeFirst();
    return row?.id;
  }

  /** Users by login, or as they are to be sorted; `query` is part of login, e-mail or name. */
  async search({ query, orders, ...part }: Page & { readonly query: string; readonly orders?: readonly UserOrder[] }): Promise<{
    readonly total: number;
    readonly users: readonly User[];
  }> {
    const all = this.#store.db
      .selectFrom('user')
      .where('is_service_account', '=', 0)
      .$if(query !== '', (some) => some.where((eb) => containsText(eb, ['login', 'email', 'name'], query)));
    const { total } = await all.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    const rows = await all.selectAll().$call(sorted(orders)).$call(page(part)).execute();
    return { total, users: rows.map(toUser) };
  }

  /** @throws ServerError `user_not_found`, `user_name_conflict` */
  async update(id: number, change: UserChange): Promise<void> {
    const { login = '', email = '' } = change;
    await this.#store.db.transaction().execute(async (trx) => {
      await this.#row(trx, id);
      await assertNamesFree(trx, [login, email], id, new ServerError('user_name_conflict'));
      await this.#set(trx, id, Object.fromEntries(Object.entries(change).filter(([, text]) => text !== undefined && text !== '')));
    });
  }

  /**
   * Changes a password after the old one was given.
   *
   * @throws ServerError `old_password_wrong`, `password_too_short`, `user_not_found`
   */
  async changePassword(id: number, oldPassword: Secret, newPassword: Secret): Promise<void> {
    const { password_hash } = await this.#row(this.#store.db, id);
    if (!(await this.#passwords.verify(oldPassword.open(), password_hash))) throw new ServerError('old_password_wrong');
    await this.setPassword(id, newPassword);
  }

  /** Sets a password and ends all sessions of the user. @throws ServerError `password_too_short`, `user_not_found` */
  async setPassword(id: number, password: Secret): Promise<void> {
    const passwordHash = await this.#hash(password);
    await this.#store.db.transaction().execute(async (trx) => {
      await this.#row(trx, id);
      await this.#set(trx, id, { password_hash: passwordHash });
      await trx.deleteFrom('session').where('user_id', '=', id).execute();
    });
  }

  /** @throws ServerError `user_not_found`, `server_admin_last` */
  async setServerAdmin(id: number, isServerAdmin: boolean): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const row = await this.#row(trx, id);
      await this.#set(trx, id, { is_server_admin: isServerAdmin ? 1 : 0 });
      if (row.is_server_admin === 1) await assertServerAdminLeft(trx);
    });
  }

  /** A disabled user may not come in; sessions end. @throws ServerError `user_not_found`, `server_admin_last` */
  async setDisabled(id: number, isDisabled: boolean): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const row = await this.#row(trx, id);
      await this.#set(trx, id, { is_disabled: isDisabled ? 1 : 0 });
      if (isDisabled) await trx.deleteFrom('session').where('user_id', '=', id).execute();
      if (row.is_server_admin === 1) await assertServerAdminLeft(trx);
    });
  }

  /** @throws ServerError `user_not_found`, `server_admin_last` */
  async remove(id: number): Promise<void> {
    await this.#store.db.transaction().execute(async (trx) => {
      const row = await this.#row(trx, id);
      await trx.deleteFrom('user').where('id', '=', id).execute();
      if (row.is_server_admin === 1) await assertServerAdminLeft(trx);
    });
  }

  /** Lets requests of a user without a choice of their own be for that organisation. @throws ServerError `org_not_valid` */
  async useOrg(id: number, orgId: number): Promise<void> {
    const { db } = this.#store;
    const membership = await db
      .selectFrom('org_user')
      .select('role')
      .where('user_id', '=', id)
      .where('org_id', '=', orgId)
      .executeTakeFirst();
    if (membership === undefined) throw new ServerError('org_not_valid');
    await this.#set(db, id, { org_id: orgId });
  }

  async setHelpFlags(id: number, helpFlags: number): Promise<void> {
    await this.#set(this.#store.db, id, { help_flags: helpFlags });
  }

  /** Notes that a user was here, unless that was noted lately: not every request writes. */
  async noteSeen({ identity, lastSeenAtMs }: UserAccount): Promise<void> {
    const now = this.#now();
    if (now - lastSeenAtMs < seenPrecisionMs) return;
    await this.#store.db.updateTable('user').set({ last_seen_at: now }).where('id', '=', identity.userId).execute();
  }

  /** Who signs in: by login or e-mail, seen in the given organisation or in the user's own. */
  async find(loginOrEmail: string, orgId?: number | undefined): Promise<UserAccount | undefined> {
    return this.#store.remember(`account ${orgId} ${loginOrEmail}`, async () => {
      const row = await this.#byName(loginOrEmail);
      return row === undefined ? undefined : this.#account(row, orgId);
    });
  }

  /** Who a session belongs to. */
  async findById(id: number, orgId?: number | undefined): Promise<UserAccount | undefined> {
    const row = await this.#store.db.selectFrom('user').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : this.#account(row, orgId);
  }

  async #account(row: UserRow, orgId: number = row.org_id): Promise<UserAccount> {
    const membership = await this.#store.db
      .selectFrom('org_user')
      .select('role')
      .where('org_id', '=', orgId)
      .where('user_id', '=', row.id)
      .executeTakeFirst();
    const identity: Identity = {
      kind: 'user',
      userId: row.id,
      uid: row.uid,
      login: row.login,
      name: row.name || row.login,
      email: row.email,
      orgId,
      role: membership?.role,
      isServerAdmin: row.is_server_admin === 1,
    };
    return { identity, passwordHash: row.password_hash, isDisabled: row.is_disabled === 1, lastSeenAtMs: row.last_seen_at };
  }

  async #byName(loginOrEmail: string): Promise<UserRow | undefined> {
    return this.#store.db
      .selectFrom('user')
      .selectAll()
      .where('is_service_account', '=', 0)
      .where((eb) => eb.or([sameText(eb, 'login', loginOrEmail), sameText(eb, 'email', loginOrEmail)]))
      .orderBy('id')
      .executeTakeFirst();
  }

  async #row(db: Db, id: number): Promise<UserRow> {
    const row = await db.selectFrom('user').selectAll().where('id', '=', id).where('is_service_account', '=', 0).executeTakeFirst();
    if (row === undefined) throw new ServerError('user_not_found');
    return row;
  }

  async #set(db: Db, id: number, change: Partial<UserRow>): Promise<void> {
    await db
      .updateTable('user')
      .set({ ...change, updated_at: this.#now() })
      .where('id', '=', id)
      .execute();
  }

  async #hash(password: Secret): Promise<string> {
    if (password.open().length < shortestPassword) throw new ServerError('password_too_short');
    return this.#passwords.hash(password.open());
  }
}

type Db = Kysely<Tables> | Transaction<Tables>;
type UserRow = Selectable<UserTable>;

function toUser(row: UserRow): User {
  const { id, uid, login, email, name, theme } = row;
  return {
    ...{ id, uid, login, email, name, theme },
    orgId: row.org_id,
    isServerAdmin: row.is_server_admin === 1,
    isDisabled: row.is_disabled === 1,
    helpFlags: row.help_flags,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
    lastSeenAtMs: row.last_seen_at,
  };
}

/** No other account has one of these names as login or e-mail. */
async function assertNamesFree(db: Db, names: readonly string[], exceptId: number | undefined, error: ServerError): Promise<void> {
  const given = names.filter((name) => name !== '');
  if (given.length === 0) return;
  const taken = await db
    .selectFrom('user')
    .select('id')
    .where((eb) => eb.or(given.flatMap((name) => [sameText(eb, 'login', name), sameText(eb, 'email', name)])))
    .$if(exceptId !== undefined, (others) => others.where('id', '!=', exceptId as number))
    .executeTakeFirst();
  if (taken !== undefined) throw error;
}

async function assertServerAdminLeft(db: Db): Promise<void> {
  const left = await db.selectFrom('user').select('id').where('is_server_admin', '=', 1).where('is_disabled', '=', 0).executeTakeFirst();
  if (left === undefined) throw new ServerError('server_admin_last');
}

function sameText(eb: ExpressionBuilder<Tables, 'user'>, column: 'login' | 'email', text: string) {
  return eb(eb.fn<string>('lower', [column]), '=', eb.fn<string>('lower', [eb.val(text)]));
}
