import { ServerError } from '../errors/index.ts';
import type { Logger } from '../log/index.ts';
import type { Identity } from './identity.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { Passwords } from './password.ts';
import { Turns } from './turns.ts';
import type { Users } from './users.ts';

export interface AuthenticatorOptions {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly attempts: LoginAttempts;
  /** `[auth.basic] enabled` */
  readonly isBasicEnabled: boolean;
  readonly logger: Logger;
}

/** What a request tells about its sender. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** From `X-Grafana-Org-Id`. */
  readonly orgId?: number | undefined;
}

const MAX_LOGGED_LOGIN = 100;

/** Finds out who sends a request. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #turns = new Turns();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * The sender, or undefined when the request names nobody.
   *
   * @throws ServerError `password_wrong`, `user_disabled`, `api_key_invalid`
   */
  async authenticate({ authorization, orgId }: Credentials): Promise<Identity | undefined> {
    if (authorization === undefined) return undefined;
    if (/^Bearer \S/.test(authorization)) throw new ServerError('api_key_invalid');
    const basic = parseBasic(authorization);
    if (basic === undefined || !this.#options.isBasicEnabled) return undefined;
    // In turn, or guesses at the same time would all pass before the first of them counts as wrong.
    return this.#turns.take(basic.login.toLowerCase(), () => this.#checkPassword(basic.login, basic.password, orgId));
  }

  async #checkPassword(login: string, password: string, orgId: number | undefined): Promise<Identity> {
    const { users, passwords, attempts, logger } = this.#options;
    // Not logged: the lock has been told when it began, and whoever goes on guessing should not fill the log.
    if (attempts.isBlocked(login)) throw new ServerError('password_wrong', { login });
    const account = await users.find(login, orgId);
    if (!(await passwords.verify(password, account?.passwordHash)) || account === undefined) {
      attempts.addWrong(login);
      logger.warn('A login was refused', { login: login.slice(0, MAX_LOGGED_LOGIN), lockedForNow: attempts.isBlocked(login) });
      throw new ServerError('password_wrong', { login });
    }
    attempts.reset(login);
    if (account.isDisabled) throw new ServerError('user_disabled', { login });
    return account.identity;
  }
}

/** Reads `Basic <base64 of login:password>`; anything else is no basic authentication. */
export function parseBasic(header: string): { readonly login: string; readonly password: string } | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { login: text.slice(0, colon), password: text.slice(colon + 1) };
}
