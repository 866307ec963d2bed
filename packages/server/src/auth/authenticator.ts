import { ServerError } from '../errors/index.ts';
import type { Logger } from '../log/index.ts';
import type { Store } from '../store/index.ts';
import { isApiToken, isLegacyApiKey } from './api-token.ts';
import type { Identity } from './identity.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { Passwords } from './password.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { Sessions } from './sessions.ts';
import { Turns } from './turns.ts';
import type { Users } from './users.ts';

export interface AuthenticatorOptions {
  readonly users: Users;
  readonly serviceAccounts: ServiceAccounts;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: LoginAttempts;
  /** `[auth.basic] enabled` */
  readonly isBasicEnabled: boolean;
  readonly store: Store;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What a request tells about its sender. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The session cookie. */
  readonly sessionCookie?: string | undefined;
  /** The organisation that the request chose. */
  readonly orgId?: number | undefined;
  /** Where it came from, for limits. */
  readonly clientIp?: string | undefined;
}

const MAX_LOGGED_LOGIN = 100;
/** How long a sender who was let in is recalled without looking again at passwords and times of expiry. */
const recalledMs = 1_000;
const recalledAtMost = 10_000;
/** Basic authentication with this name carries a token as its password. */
const tokenLogin = 'api_key';

/** Finds out who sends a request. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #turns = new Turns();
  /** By what they sent, for a second: everything is forgotten after that. */
  readonly #letIn = new Map<string, { readonly identity: Identity; readonly changes: number; readonly until: number }>();
  #forgetting: NodeJS.Timeout | undefined;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * The sender, when the same credentials were let in within the last second and nothing was written to the store since. At
   * once, because most requests come from somebody who has just been here.
   */
  recall(credentials: Credentials): Identity | undefined {
    if (credentials.authorization === undefined) return undefined;
    const kept = this.#letIn.get(keyOf(credentials));
    if (kept === undefined || kept.until <= this.#options.now() || kept.changes !== this.#options.store.changes()) return undefined;
    return this.#options.attempts.isBlocked(kept.identity.login) ? undefined : kept.identity;
  }

  /**
   * The sender, or undefined when the request names nobody. A session counts when the header names nobody, or wrongly.
   *
   * @throws ServerError `password_wrong`, `user_disabled`, `login_busy`, `api_key_invalid`, `api_key_unknown`, `api_key_expired`,
   * `api_key_revoked`, `api_key_org_mismatch`, `session_unknown`, `session_rotation_due`
   */
  async authenticate(credentials: Credentials): Promise<Identity | undefined> {
    const { sessionCookie, orgId } = credentials;
    let refused: unknown;
    try {
      const changes = this.#options.store.changes();
      const named = await this.#fromHeader(credentials);
      if (named !== undefined) {
        this.#keep(credentials, { identity: named, changes, until: this.#options.now() + recalledMs });
        return named;
      }
    } catch (error) {
      if (sessionCookie === undefined) throw error;
      refused = error;
    }
    if (sessionCookie === undefined) return undefined;
    try {
      return await this.#fromSession(sessionCookie, orgId);
    } catch (error) {
      throw refused ?? error;
    }
  }

  #keep(credentials: Credentials, letIn: { readonly identity: Identity; readonly changes: number; readonly until: number }): void {
    if (this.#letIn.size >= recalledAtMost) this.#letIn.clear();
    this.#letIn.set(keyOf(credentials), letIn);
    this.#forgetting ??= setTimeout(() => {
      this.#letIn.clear();
      this.#forgetting = undefined;
    }, recalledMs).unref();
  }

  /** Checks a password given to the login. @throws ServerError `password_wrong`, `user_disabled`, `login_busy` */
  logIn(login: string, password: string, clientIp: string | undefined): Promise<Identity> {
    return this.#checkPassword(login, password, { clientIp });
  }

  async #fromHeader({ authorization, orgId, clientIp }: Credentials): Promise<Identity | undefined> {
    if (authorization === undefined) return undefined;
    const bearer = /^Bearer (\S.*)$/.exec(authorization)?.[1];
    if (bearer !== undefined) return this.#fromToken(bearer, orgId);
    const basic = parseBasic(authorization);
    if (basic?.login === tokenLogin) return this.#fromToken(basic.password, orgId);
    if (basic === undefined || !this.#options.isBasicEnabled) return undefined;
    return this.#checkPassword(basic.login, basic.password, { orgId, clientIp });
  }

  async #fromToken(token: string, orgId: number | undefined): Promise<Identity> {
    if (isLegacyApiKey(token)) throw new ServerError('api_key_unknown');
    if (!isApiToken(token)) throw new ServerError('api_key_invalid');
    const owner = await this.#options.serviceAccounts.findByToken(token);
    if (owner === undefined) throw new ServerError('api_key_unknown');
    const { identity, isDisabled, isExpired, isRevoked } = owner;
    const { login } = identity;
    if (isRevoked) throw new ServerError('api_key_revoked', { login });
    if (isExpired) throw new ServerError('api_key_expired', { login });
    if (isDisabled) throw new ServerError('user_disabled', { login });
    if (orgId !== undefined && orgId !== identity.orgId) throw new ServerError('api_key_org_mismatch', { login });
    return identity;
  }

  async #fromSession(cookie: string, orgId: number | undefined): Promise<Identity> {
    const { sessions, users } = this.#options;
    const session = await sessions.find(cookie);
    const account = await users.findById(session.userId, orgId);
    if (account === undefined) throw new ServerError('session_unknown');
    if (account.isDisabled) throw new ServerError('user_disabled', { login: account.identity.login });
    await users.noteSeen(account);
    return { ...account.identity, sessionId: session.id };
  }

  // In turn, or guesses at the same time would all pass before the first of them counts as wrong.
  #checkPassword(login: string, password: string, from: Pick<Credentials, 'orgId' | 'clientIp'>): Promise<Identity> {
    return this.#turns.take(login.toLowerCase(), async () => {
      const { users, passwords, attempts, logger } = this.#options;
      // Not logged: the lock has been told when it began, and whoever goes on guessing should not fill the log.
      if (attempts.isBlocked(login)) throw new ServerError('password_wrong', { login });
      const account = await users.find(login, from.orgId);
      if (!(await passwords.verify(password, account?.passwordHash, from.clientIp)) || account === undefined) {
        attempts.addWrong(login);
        logger.warn('A login was refused', { login: login.slice(0, MAX_LOGGED_LOGIN), lockedForNow: attempts.isBlocked(login) });
        throw new ServerError('password_wrong', { login });
      }
      attempts.reset(login);
      if (account.isDisabled) throw new ServerError('user_disabled', { login });
      await users.noteSeen(account);
      return account.identity;
    });
  }
}

function keyOf({ authorization, orgId }: Credentials): string {
  return `${orgId ?? ''} ${authorization}`;
}

/** Reads `Basic <base64 of login:password>`; anything else is no basic authentication. */
export function parseBasic(header: string): { readonly login: string; readonly password: string } | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { login: text.slice(0, colon), password: text.slice(colon + 1) };
}
