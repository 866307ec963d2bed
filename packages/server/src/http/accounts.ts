import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  accessTo,
  hasRole,
  type Identity,
  type Member,
  ORG_ROLES,
  type OrgRole,
  USER_ORDERS,
  type User,
  type UserOrder,
  type Users,
} from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import { identityOf } from './access.ts';

/** Pictures of people come from a stranger's server in Grafana; here everybody has the same. */
export const AVATAR_URL = '/public/img/user_profile.png';

/** A role in any case of letters; an empty one is none. */
export const roleField = z
  .string()
  .transform((text) => (text === '' ? 'None' : text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()))
  .pipe(z.enum(ORG_ROLES));

/** Nobody gives a role above the own, administrators of the server apart. @throws ServerError `org_role_too_high` */
export function assertMayGive(identity: Identity, role: OrgRole): void {
  if (!hasRole(identity, role) && role !== 'None' && !identity.isServerAdmin) throw new ServerError('org_role_too_high');
}

/** The user that `:id` or `:userId` names, by number or uid. @throws ServerError `user_not_found_early` */
export async function userIdOf(request: FastifyRequest, users: Users): Promise<number> {
  const { id, userId } = request.params as { readonly id?: string; readonly userId?: string };
  const found = await users.idOf(userId ?? id ?? '');
  if (found === undefined) throw new ServerError('user_not_found_early');
  return found;
}

const perPageByDefault = 1000;

/** `query`, `page` and `perpage` of an address; what is no positive number counts as absent. */
export function searchOf(request: FastifyRequest): { readonly query: string; readonly page: number; readonly perPage: number } {
  const { query, page, perpage } = request.query as Record<string, unknown>;
  const number = (text: unknown) => (typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);
  return { query: typeof query === 'string' ? query : '', page: number(page) ?? 1, perPage: number(perpage) ?? perPageByDefault };
}

/**
 * `sort` of an address: names such as `login-asc,email-desc`, whose order does not count.
 *
 * @throws ServerError `sort_unknown`
 */
export function ordersOf(request: FastifyRequest): readonly UserOrder[] {
  const { sort } = request.query as { sort?: unknown };
  const wanted = typeof sort === 'string' && sort !== '' ? sort.split(',') : [];
  const orders = USER_ORDERS.flatMap((by): readonly UserOrder[] => [
    ...(wanted.includes(`${by}-asc`) ? [{ by, isDescending: false }] : []),
    ...(wanted.includes(`${by}-desc`) ? [{ by, isDescending: true }] : []),
  ]);
  if (orders.length < new Set(wanted).size) throw new ServerError('sort_unknown');
  return orders;
}

/** A time as Go writes it, to the second. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

const tenYearsMs = 10 * 31_557_600_000;

/** When somebody was last seen, and how long ago in words; who never was, was ten years before the start. */
export function lastSeen({ lastSeenAtMs, createdAtMs }: Pick<User, 'lastSeenAtMs' | 'createdAtMs'>, nowMs: number) {
  const seenAtMs = lastSeenAtMs === 0 ? createdAtMs - tenYearsMs : lastSeenAtMs;
  return { lastSeenAt: goTime(seenAtMs), lastSeenAtAge: age(nowMs - seenAtMs) };
}

const units = [
  [31_557_600, 'year'],
  [2_629_800, 'month'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const;

function age(ms: number): string {
  for (const [seconds, unit] of units) {
    const count = Math.floor(ms / 1000 / seconds);
    if (count > 0) return `${count} ${unit}${count > 1 ? 's' : ''}`;
  }
  return '< 1 minute';
}

/** A user as `/api/user` and `/api/users/:id` show. */
export function toProfile(user: User) {
  return {
    id: user.id,
    uid: user.uid,
    email: user.email,
    name: user.name,
    login: user.login,
    theme: user.theme,
    orgId: user.orgId,
    isGrafanaAdmin: user.isServerAdmin,
    isDisabled: user.isDisabled,
    isExternal: false,
    isExternallySynced: false,
    isGrafanaAdminExternallySynced: false,
    authLabels: [],
    updatedAt: goTime(user.updatedAtMs),
    createdAt: goTime(user.createdAtMs),
    avatarUrl: AVATAR_URL,
    isProvisioned: false,
  };
}

const zeroTime = '0001-01-01T00:00:00Z';

/** What `/api/user` shows to a service account. */
export function toServiceAccountProfile({ userId, login, email, name, orgId }: Identity) {
  return {
    ...{ id: 0, uid: `service-account:${userId}`, email, name, login, theme: '', orgId },
    ...{ isGrafanaAdmin: false, isDisabled: false, isExternal: false, isExternallySynced: false },
    ...{ isGrafanaAdminExternallySynced: false, authLabels: null, updatedAt: zeroTime, createdAt: zeroTime },
    ...{ avatarUrl: '', isProvisioned: false },
  };
}

/** A user in the list of all. */
export function toFound(user: User, nowMs: number) {
  const { id, uid, name, login, email } = user;
  return {
    ...{ id, uid, name, login, email, avatarUrl: AVATAR_URL },
    isAdmin: user.isServerAdmin,
    isDisabled: user.isDisabled,
    isProvisioned: false,
    ...lastSeen(user, nowMs),
    authLabels: [],
    created: goTime(user.createdAtMs),
  };
}

/** A user in the list of an organisation. */
export function toMember(member: Member, nowMs: number) {
  const { orgId, userId, uid, email, name, login, role } = member;
  const { lastSeenAt, lastSeenAtAge } = lastSeen(member, nowMs);
  return {
    ...{ orgId, userId, uid, email, name, avatarUrl: AVATAR_URL, login, role, lastSeenAt },
    created: goTime(member.createdAtMs),
    lastSeenAtAge,
    authLabels: [],
    isDisabled: member.isDisabled,
    isExternallySynced: false,
    isProvisioned: false,
  };
}

/** With `?accesscontrol=true`, what the asker may do with things of that scope; otherwise nothing. */
export function accessControlOf(request: FastifyRequest, scope: string): { readonly accessControl?: Readonly<Record<string, true>> } {
  const { accesscontrol } = request.query as { readonly accesscontrol?: unknown };
  return accesscontrol === 'true' ? { accessControl: accessTo(identityOf(request), scope) } : {};
}
