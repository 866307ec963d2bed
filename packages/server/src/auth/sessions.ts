import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Store } from '../store/index.ts';
import { Turns } from './turns.ts';

export interface SessionsOptions {
  readonly store: Store;
  /** A session that was not used for so long ends. */
  readonly maxInactiveMs: number;
  /** A session that is older ends. */
  readonly maxLifetimeMs: number;
  /** So often a client has to fetch a new cookie. */
  readonly rotationMs: number;
  readonly now?: (() => number) | undefined;
}

/** Where a session is used from. */
export interface Device {
  readonly userAgent: string;
  readonly clientIp: string;
}

/** A session with the cookie to send; `rotateAtMs` is when the client has to ask for the next one. */
export interface OpenedSession {
  readonly id: number;
  readonly userId: number;
  readonly cookie: Secret;
  readonly rotateAtMs: number;
}

/** A session as the API tells. */
export interface Session extends Device {
  readonly id: number;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
}

/** So long the cookie before a rotation goes on counting when the new one did not arrive. */
const urgentMs = 60_000;
const graceMs = 30_000;
const longestUserAgent = 255;

/**
 * Logins of browsers: a random cookie, kept as a hash, exchanged for a new one every few minutes so that a stolen one
 * is of little use (Grafana `pkg/services/auth/authimpl`).
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #turns = new Turns();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get maxLifetimeMs(): number {
    return this.#options.maxLifetimeMs;
  }

  async open(userId: number, device: Device): Promise<OpenedSession> {
    const cookie = createCookie();
    const now = this.#now();
    const row = { hash: hash(cookie.open()), previous_hash: '', is_seen: 0 as const, ...toColumns(device) };
    const { id } = await this.#db
      .insertInto('session')
      .values({ user_id: userId, ...row, created_at: now, rotated_at: now, seen_at: now })
      .returning('id')
      .executeTakeFirstOrThrow();
    await this.#removeExpired();
    return { id, userId, cookie, rotateAtMs: now + this.#options.rotationMs };
  }

  /**
   * Whose session a cookie is of.
   *
   * @throws ServerError `session_unknown`, `session_rotation_due`
   */
  async find(cookie: string): Promise<{ readonly id: number; readonly userId: number }> {
    const row = await this.#lookUp(cookie);
    const now = this.#now();
    const next = stateAfterUse(row, hash(cookie), now);
    if (next !== row) {
      const change = { is_seen: next.is_seen, rotated_at: next.rotated_at, seen_at: now };
      await this.#db.updateTable('session').set(change).where('id', '=', row.id).execute();
    }
    const dueAtMs = next.rotated_at + (next.is_seen === 1 ? this.#options.rotationMs : urgentMs);
    if (dueAtMs < now) throw new ServerError('session_rotation_due');
    return { id: row.id, userId: row.user_id };
  }

  /**
   * Exchanges a cookie for a new one. Requests at the same time, of several tabs, get one exchange.
   *
   * @throws ServerError `session_unknown`
   */
  async rotate(cookie: string, device: Device): Promise<OpenedSession | undefined> {
    return this.#turns.take(hash(cookie), async () => {
      const row = await this.#lookUp(cookie);
      const now = this.#now();
      if (row.is_seen === 0 && row.rotated_at > now - graceMs) return undefined;
      const next = createCookie();
      const change = {
        hash: hash(next.open()),
        previous_hash: row.is_seen === 1 ? row.hash : row.previous_hash,
        is_seen: 0 as const,
        rotated_at: now,
        ...toColumns(device),
      };
      await this.#db.updateTable('session').set(change).where('id', '=', row.id).execute();
      return { id: row.id, userId: row.user_id, cookie: next, rotateAtMs: now + this.#options.rotationMs };
    });
  }

  /** Ends the session of a cookie, if it is one. */
  async close(cookie: string): Promise<void> {
    const digest = hash(cookie);
    await this.#db
      .deleteFrom('session')
      .where((eb) => eb.or([eb('hash', '=', digest), eb('previous_hash', '=', digest)]))
      .execute();
  }

  /** Sessions of a user that have not ended, the one used last first. */
  async list(userId: number): Promise<readonly Session[]> {
    const rows = await this.#db
      .selectFrom('session')
      .selectAll()
      .where('user_id', '=', userId)
      .where('created_at', '>', this.#now() - this.#options.maxLifetimeMs)
      .where('rotated_at', '>', this.#now() - this.#options.maxInactiveMs)
      .orderBy('seen_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      userAgent: row.user_agent,
      clientIp: row.client_ip,
      createdAtMs: row.created_at,
      seenAtMs: row.seen_at,
    }));
  }

  /** Ends one session of a user. @throws ServerError `session_not_found` */
  async revoke(userId: number, id: number): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom('session').where('id', '=', id).where('user_id', '=', userId).executeTakeFirst();
    if (numDeletedRows === 0n) throw new ServerError('session_not_found');
  }

  /** Ends all sessions of a user. */
  async revokeAll(userId: number): Promise<void> {
    await this.#db.deleteFrom('session').where('user_id', '=', userId).execute();
  }

  async #lookUp(cookie: string) {
    const digest = hash(cookie);
    const row = await this.#db
      .selectFrom('session')
      .selectAll()
      .where((eb) => eb.or([eb('hash', '=', digest), eb('previous_hash', '=', digest)]))
      .executeTakeFirst();
    const { maxInactiveMs, maxLifetimeMs } = this.#options;
    const isOver = row === undefined || row.created_at <= this.#now() - maxLifetimeMs || row.rotated_at <= this.#now() - maxInactiveMs;
    if (isOver) throw new ServerError('session_unknown');
    return row;
  }

  async #removeExpired(): Promise<void> {
    const { maxInactiveMs, maxLifetimeMs } = this.#options;
    await this.#db
      .deleteFrom('session')
      .where((eb) => eb.or([eb('created_at', '<=', this.#now() - maxLifetimeMs), eb('rotated_at', '<=', this.#now() - maxInactiveMs)]))
      .execute();
  }

  get #db() {
    return this.#options.store.db;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

type Seen = { readonly hash: string; readonly is_seen: 0 | 1; readonly rotated_at: number };

/** What a session is after a cookie came in; the same object when nothing changes. */
function stateAfterUse<Row extends Seen>(row: Row, digest: string, nowMs: number): Row {
  const isNewest = row.hash === digest;
  if (isNewest) return row.is_seen === 1 ? row : { ...row, is_seen: 1 };
  if (row.is_seen === 0) return row;
  // The old cookie after the new one was seen: another tab, or a thief. From now on only an exchange is of use.
  return { ...row, is_seen: 0, rotated_at: nowMs - urgentMs };
}

function createCookie(): Secret {
  return new Secret(randomBytes(32).toString('hex'));
}

/** The cookie has 256 random bits, so a fast hash without salt is enough. */
function hash(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url');
}

function toColumns({ userAgent, clientIp }: Device) {
  return { user_agent: userAgent.slice(0, longestUserAgent), client_ip: clientIp };
}
