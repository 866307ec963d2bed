import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/** Ids of all organisations. */
export async function readOrgIds(db: Kysely<Tables>): Promise<ReadonlySet<number>> {
  return new Set((await db.selectFrom('org').select('id').execute()).map(({ id }) => id));
}
