export interface LoginAttemptsOptions {
  readonly isEnabled: boolean;
  /** So many wrong passwords within five minutes close an account for the rest of them. */
  readonly maxAttempts: number;
  readonly now?: (() => number) | undefined;
}

const windowMs = 5 * 60_000;
const loginsKept = 10_000;
/** No login is longer; what a header can hold would add up to a hundred megabytes. */
const longestLogin = 190;

/** Counts wrong passwords per login, whether or not there is such a user. */
export class LoginAttempts {
  readonly #options: LoginAttemptsOptions;
  readonly #wrongAt = new Map<string, number[]>();

  constructor(options: LoginAttemptsOptions) {
    this.#options = options;
  }

  isBlocked(login: string): boolean {
    return this.#options.isEnabled && this.#recent(login).length >= this.#options.maxAttempts;
  }

  addWrong(login: string): void {
    const key = keyOf(login);
    const recent = [...this.#recent(login), this.#now()].slice(-this.#options.maxAttempts);
    this.#wrongAt.delete(key);
    this.#wrongAt.set(key, recent);
    const oldest = this.#wrongAt.keys().next().value;
    if (this.#wrongAt.size > loginsKept && oldest !== undefined) this.#wrongAt.delete(oldest);
  }

  reset(login: string): void {
    this.#wrongAt.delete(keyOf(login));
  }

  #recent(login: string): number[] {
    return (this.#wrongAt.get(keyOf(login)) ?? []).filter((at) => at > this.#now() - windowMs);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

function keyOf(login: string): string {
  return login.toLowerCase().slice(0, longestLogin);
}
