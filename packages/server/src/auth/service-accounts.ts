import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Store, Tables } from '../store/index.ts';
import { createApiToken, hashApiToken } from './api-token.ts';
import type { Identity, OrgRole } from './identity.ts';
import { containsText, type Page, page } from './search.ts';
import { createUid } from './uid.ts';

/** An account of a program: it belongs to one organisation and comes in with tokens only. */
export interface ServiceAccount {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly orgId: number;
  readonly isDisabled: boolean;
  readonly role: OrgRole;
  /** How many tokens it has. */
  readonly tokens: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What is known of a token but its text. */
export interface ApiToken {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly isRevoked: boolean;
}

/** Who a token belongs to, and why it may not count. */
export interface TokenOwner {
  readonly identity: Identity;
  readonly isDisabled: boolean;
  readonly isExpired: boolean;
  readonly isRevoked: boolean;
}

export interface ServiceAccountFilter extends Page {
  /** Part of the name or the login. */
  readonly query: string;
  readonly only?: 'disabled' | 'with-expired-tokens' | undefined;
}

/** How old the time of the last use may be: not every request writes. */
const usedPrecisionMs = 60_000;

/** Service accounts and their tokens (Grafana `pkg/services/serviceaccounts`). */
export class ServiceAccounts {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws ServerError `service_account_exists` */
  async create(
    orgId: number,
    { name, role, isDisabled }: { readonly name: string; readonly role: OrgRole; readonly isDisabled: boolean },
  ): Promise<ServiceAccount> {
    const login = `sa-${orgId}-${name.toLowerCase()}`.replace('--', '-').replaceAll(' ', '-');
    return this.#store.db.transaction().execute(async (trx) => {
      const taken = await trx
        .selectFrom('user')
        .select('id')
        .where((eb) => eb.or([eb(eb.fn<string>('lower', ['login']), '=', login), eb(eb.fn<string>('lower', ['email']), '=', login)]))
        .executeTakeFirst();
      if (taken !== undefined) throw new ServerError('service_account_exists');
      const times = { created_at: this.#now(), updated_at: this.#now() };
      const names = { uid: createUid(), login, email: login, name };
      const flags = { is_server_admin: 0, is_disabled: isDisabled ? 1 : 0, is_service_account: 1 } as const;
      const { id } = await trx
        .insertInto('user')
        .values({ ...names, ...flags, ...times, password_hash: '', org_id: orgId })
        .returning('id')
        .executeTakeFirstOrThrow();
      await trx.insertInto('org_user').values({ org_id: orgId, user_id: id, role }).execute();
      return get(trx, orgId, id);
    });
  }

  /** @throws ServerError `service_account_not_found` */
  get(orgId: number, id: number): Promise<ServiceAccount> {
    return get(this.#store.db, orgId, id);
  }

  /** The id that a path names: a number as it stands, or that of a uid. */
  async idOf(orgId: number, text: string): Promise<number | undefined> {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    const rows = accounts(this.#store.db, orgId).where('user.uid', '=', text);
    return (await rows.executeTakeFirst())?.id;
  }

  /** Those of an organisation, by login. */
  async search(orgId: number, { query, only, ...part }: ServiceAccountFilter) {
    const all = accounts(this.#store.db, orgId)
      .$if(query !== '', (some) => some.where((eb) => containsText(eb, ['user.name', 'user.login'], query)))
      .$if(only === 'disabled', (some) => some.where('user.is_disabled', '=', 1))
      .$if(only === 'with-expired-tokens', (some) =>
        some.where((eb) =>
          eb.exists(
            eb
              .selectFrom('api_token')
              .select('api_token.id')
              .whereRef('api_token.user_id', '=', 'user.id')
              .where('expires_at', '<=', this.#now()),
          ),
        ),
      );
    const rows = await all.orderBy('user.login').execute();
    const shown = await all.orderBy('user.login').$call(page(part)).execute();
    return { total: rows.length, accounts: shown.map(toAccount) };
  }

  /** @throws ServerError `service_account_not_found` */
  async update(
    orgId: number,
    id: number,
    {
      name,
      role,
      isDisabled,
    }: { readonly name?: string | undefined; readonly role?: OrgRole | undefined; readonly isDisabled?: boolean | undefined },
  ): Promise<ServiceAccount> {
    return this.#store.db.transaction().execute(async (trx) => {
      await get(trx, orgId, id);
      const change = {
        updated_at: this.#now(),
        ...(name !== undefined && { name }),
        ...(isDisabled !== undefined && { is_disabled: isDisabled ? (1 as const) : (0 as const) }),
      };
      await trx.updateTable('user').set(change).where('id', '=', id).execute();
      if (role !== undefined)
        await trx.updateTable('org_user').set({ role }).where('org_id', '=', orgId).where('user_id', '=', id).execute();
      return get(trx, orgId, id);
    });
  }

  /** Its tokens end with it. @throws ServerError `service_account_not_found` */
  async remove(orgId: number, id: number): Promise<void> {
    await this.get(orgId, id);
    await this.#store.db.deleteFrom('user').where('id', '=', id).execute();
  }

  /**
   * A new token; its text is told only here.
   *
   * @param options.lifetimeSeconds 0 is for ever
   * @throws ServerError `service_account_not_found`, `token_exists`, `token_lifetime_invalid`
   */
  async addToken(
    orgId: number,
    id: number,
    { name, lifetimeSeconds }: { readonly name: string; readonly lifetimeSeconds: number },
  ): Promise<{ readonly id: number; readonly token: Secret }> {
    const expiresAtMs = this.#now() + lifetimeSeconds * 1000;
    if (lifetimeSeconds < 0 || !Number.isSafeInteger(expiresAtMs)) throw new ServerError('token_lifetime_invalid');
    return this.#store.db.transaction().execute(async (trx) => {
      await get(trx, orgId, id);
      const taken = await trx.selectFrom('api_token').select('id').where('org_id', '=', orgId).where('name', '=', name).executeTakeFirst();
      if (taken !== undefined) throw new ServerError('token_exists');
      const token = createApiToken();
      const row = {
        org_id: orgId,
        user_id: id,
        name,
        hash: hashApiToken(token.open()),
        is_revoked: 0 as const,
        created_at: this.#now(),
        expires_at: lifetimeSeconds === 0 ? null : expiresAtMs,
      };
      const added = await trx.insertInto('api_token').values(row).returning('id').executeTakeFirstOrThrow();
      return { id: added.id, token };
    });
  }

  /** Tokens of an account, by name. */
  async tokens(orgId: number, id: number): Promise<readonly ApiToken[]> {
    const rows = this.#store.db.selectFrom('api_token').selectAll().where('org_id', '=', orgId).where('user_id', '=', id).orderBy('name');
    return (await rows.execute()).map((row) => ({
      id: row.id,
      name: row.name,
      createdAtMs: row.created_at,
      expiresAtMs: row.expires_at,
      lastUsedAtMs: row.last_used_at,
      isRevoked: row.is_revoked === 1,
    }));
  }

  /** @throws ServerError `service_account_not_found`, `token_not_found` */
  async removeToken(orgId: number, id: number, tokenId: number): Promise<void> {
    await this.get(orgId, id);
    const { numDeletedRows } = await this.#store.db
      .deleteFrom('api_token')
      .where('id', '=', tokenId)
      .where('user_id', '=', id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new ServerError('token_not_found');
  }

  /** Who comes in with that token; notes that it was used. Undefined when there is none. */
  async findByToken(token: string): Promise<TokenOwner | undefined> {
    const { db } = this.#store;
    const row = await db.selectFrom('api_token').selectAll().where('hash', '=', hashApiToken(token)).executeTakeFirst();
    if (row === undefined) return undefined;
    const account = await get(db, row.org_id, row.user_id);
    const isExpired = row.expires_at !== null && row.expires_at <= this.#now();
    if (this.#now() - (row.last_used_at ?? 0) >= usedPrecisionMs && !isExpired) {
      await db.updateTable('api_token').set({ last_used_at: this.#now() }).where('id', '=', row.id).execute();
    }
    const { id: userId, uid, login, name, orgId, role, isDisabled } = account;
    const identity = {
      kind: 'service-account',
      userId,
      uid,
      login,
      name: name || login,
      email: login,
      orgId,
      role,
      isServerAdmin: false,
    } as const;
    return { identity, isDisabled, isExpired, isRevoked: row.is_revoked === 1 };
  }
}

type Db = Kysely<Tables> | Transaction<Tables>;

function accounts(db: Db, orgId: number) {
  return db
    .selectFrom('user')
    .innerJoin('org_user', (join) => join.onRef('org_user.user_id', '=', 'user.id').onRef('org_user.org_id', '=', 'user.org_id'))
    .where('user.org_id', '=', orgId)
    .where('user.is_service_account', '=', 1)
    .select([
      'user.id',
      'user.uid',
      'user.name',
      'user.login',
      'user.org_id',
      'user.is_disabled',
      'user.created_at',
      'user.updated_at',
      'role',
    ])
    .select((eb: ExpressionBuilder<Tables, 'user'>) =>
      eb
        .selectFrom('api_token')
        .select((token) => token.fn.countAll<number>().as('n'))
        .whereRef('api_token.user_id', '=', 'user.id')
        .as('tokens'),
    );
}

async function get(db: Db, orgId: number, id: number): Promise<ServiceAccount> {
  const row = await accounts(db, orgId).where('user.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ServerError('service_account_not_found');
  return toAccount(row);
}

type AccountRow = Awaited<ReturnType<ReturnType<typeof accounts>['executeTakeFirstOrThrow']>>;

function toAccount(row: AccountRow): ServiceAccount {
  const { id, uid, name, login, role, tokens } = row;
  return {
    ...{ id, uid, name, login, role },
    orgId: row.org_id,
    isDisabled: row.is_disabled === 1,
    tokens: tokens ?? 0,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  };
}
