import { randomBytes } from 'node:crypto';
import type { Config } from '../config/index.ts';
import { Secret } from '../config/index.ts';
import { isServerError, ServerError } from '../errors/index.ts';
import type { Store } from '../store/index.ts';
import type { Identity, OrgRole } from './identity.ts';
import type { Passwords } from './password.ts';

export interface NewUser {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly password: Secret;
  readonly orgId?: number | undefined;
  readonly role?: OrgRole | undefined;
  readonly isServerAdmin?: boolean | undefined;
}

/** A user together with the hash of the password. */
export interface UserAccount {
  readonly identity: Identity;
  readonly passwordHash: string;
  readonly isDisabled: boolean;
}

/** The administrator that the first start made; `generatedPassword` is to be shown once and kept nowhere. */
export interface FirstAdmin {
  readonly login: string;
  readonly generatedPassword: Secret | undefined;
}

const mainOrgId = 1;
const shortestPassword = 4;

/** Users and their roles. */
export class Users {
  readonly #store: Store;
  readonly #passwords: Passwords;
  readonly #now: () => number;

  constructor(store: Store, passwords: Passwords, now: () => number = Date.now) {
    this.#store = store;
    this.#passwords = passwords;
    this.#now = now;
  }

  /** Makes the main organisation when it is missing; data sources and users belong to one. */
  async ensureMainOrg(): Promise<void> {
    const times = { created_at: this.#now(), updated_at: this.#now() };
    await this.#store.db
      .insertInto('org')
      .values({ id: mainOrgId, name: 'Main Org.', ...times })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /**
   * Makes the administrator when there are no users yet; undefined when there are. Call it when nothing else can fail:
   * a generated password is told only once.
   */
  async createFirstAdmin(security: Config['security']): Promise<FirstAdmin | undefined> {
    await this.ensureMainOrg();
    const { db } = this.#store;
    const someone = await db.selectFrom('user').select('id').limit(1).executeTakeFirst();
    if (someone !== undefined || security.disableInitialAdminCreation) return undefined;
    const generatedPassword = security.adminPassword === undefined ? generatePassword() : undefined;
    const password = security.adminPassword ?? (generatedPassword as Secret);
    const admin = {
      login: security.adminUser,
      email: security.adminEmail,
      name: '',
      password,
      role: 'Admin',
      isServerAdmin: true,
    } as const;
    try {
      await this.create(admin);
    } catch (error) {
      if (isServerError(error, 'user_exists')) return undefined; // another server that starts on this data folder was faster
      throw error;
    }
    return { login: security.adminUser, generatedPassword };
  }

  /** @throws ServerError `user_exists`, `password_too_short` */
  async create(user: NewUser): Promise<{ readonly id: number; readonly uid: string }> {
    if (user.password.open().length < shortestPassword) throw new ServerError('password_too_short');
    const { orgId = mainOrgId, role = 'Viewer', login, email, name } = user;
    const passwordHash = await this.#passwords.hash(user.password.open());
    const uid = createUid();
    return this.#store.db.transaction().execute(async (trx) => {
      const taken = await trx
        .selectFrom('user')
        .select('id')
        .where((eb) =>
          eb.or([login, email].filter((text) => text !== '').flatMap((text) => [sameText(eb, 'login', text), sameText(eb, 'email', text)])),
        )
        .executeTakeFirst();
      if (taken !== undefined) throw new ServerError('user_exists', { login, email });
      const row = {
        uid,
        login: login === '' ? email : login,
        email: email === '' ? login : email,
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
  async setRole(orgId: number, userId: number, role: OrgRole): Promise<void> {
    const { numUpdatedRows } = await this.#store.db
      .updateTable('org_user')
      .set({ role })
      .where('org_id', '=', orgId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new ServerError('user_not_found');
  }

  /** By login or e-mail, in any case of letters, seen in the given organisation or in the user's own. */
  async find(loginOrEmail: string, orgId?: number | undefined): Promise<UserAccount | undefined> {
    const user = await this.#store.db
      .selectFrom('user')
      .selectAll()
      .where((eb) => eb.or([sameText(eb, 'login', loginOrEmail), sameText(eb, 'email', loginOrEmail)]))
      .orderBy('id')
      .executeTakeFirst();
    if (user === undefined) return undefined;
    const inOrg = orgId ?? user.org_id;
    const membership = await this.#store.db
      .selectFrom('org_user')
      .select('role')
      .where('org_id', '=', inOrg)
      .where('user_id', '=', user.id)
      .executeTakeFirst();
    const identity: Identity = {
      userId: user.id,
      uid: user.uid,
      login: user.login,
      name: user.name || user.login,
      email: user.email,
      orgId: inOrg,
      role: membership?.role,
      isServerAdmin: user.is_server_admin === 1,
    };
    return { identity, passwordHash: user.password_hash, isDisabled: user.is_disabled === 1 };
  }
}

/** Fourteen small letters and digits, a letter first: the form of uids that Grafana makes. */
export function createUid(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const alphabet = `${letters}0123456789`;
  return Array.from(randomBytes(14), (byte, index) => (index === 0 ? letters[byte % 26] : alphabet[byte % 36])).join('');
}

function generatePassword(): Secret {
  return new Secret(randomBytes(18).toString('base64url'));
}

type UserBuilder = import('kysely').ExpressionBuilder<import('../store/index.ts').Tables, 'user'>;

function sameText(eb: UserBuilder, column: 'login' | 'email', text: string) {
  return eb(eb.fn<string>('lower', [column]), '=', eb.fn<string>('lower', [eb.val(text)]));
}
