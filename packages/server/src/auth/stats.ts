import type { Store } from '../store/index.ts';
import type { OrgRole } from './identity.ts';

const dayMs = 86_400_000;

/** How many accounts of which role there are, and how many of them were seen lately. */
export interface AccountStats {
  readonly orgs: number;
  readonly dataSources: number;
  readonly sessions: number;
  readonly dailySessions: number;
  /** `undefined` counts all roles. A user counts with the highest role of all organisations. */
  count(role: OrgRole | undefined, seenWithinMs?: number | undefined): number;
}

/** Counts accounts, as `/api/admin/stats` tells them. */
export async function countAccounts({ db }: Store, nowMs: number): Promise<AccountStats> {
  const rows = await db
    .selectFrom('user')
    .leftJoin('org_user', 'org_user.user_id', 'user.id')
    .select(['user.id', 'user.last_seen_at', 'role'])
    .where('is_service_account', '=', 0)
    .execute();
  const order = ['None', 'Viewer', 'Editor', 'Admin'];
  const users = new Map<number, { role: string; seenAtMs: number }>();
  for (const { id, role, last_seen_at: seenAtMs } of rows) {
    const known = users.get(id)?.role ?? 'None';
    users.set(id, { role: order[Math.max(order.indexOf(known), order.indexOf(role ?? 'None'))] ?? 'None', seenAtMs });
  }
  const number = async (table: 'org' | 'data_source' | 'session') =>
    (
      await db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n;
  const daily = await db
    .selectFrom('session')
    .select('id')
    .where('seen_at', '>', nowMs - dayMs)
    .execute();
  return {
    orgs: await number('org'),
    dataSources: await number('data_source'),
    sessions: await number('session'),
    dailySessions: daily.length,
    count: (role, seenWithinMs = Number.POSITIVE_INFINITY) =>
      [...users.values()].filter((user) => (role === undefined || user.role === role) && nowMs - user.seenAtMs < seenWithinMs).length,
  };
}
