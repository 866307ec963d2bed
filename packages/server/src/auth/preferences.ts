import type { Store } from '../store/index.ts';

const namespace = 'preferences';

/** Whose preferences: a user in an organisation, or an organisation as a whole. */
export type PreferencesOwner = { readonly orgId: number; readonly userId?: number | undefined };

/** What users and organisations set for the frontend: kept as JSON, one object for each owner. */
export class Preferences {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async get(owner: PreferencesOwner): Promise<Readonly<Record<string, unknown>>> {
    const row = await this.#store.db
      .selectFrom('kv')
      .select('value')
      .where('namespace', '=', namespace)
      .where('key', '=', keyOf(owner))
      .executeTakeFirst();
    return row === undefined ? {} : (JSON.parse(row.value) as Record<string, unknown>);
  }

  async set(owner: PreferencesOwner, preferences: Readonly<Record<string, unknown>>): Promise<void> {
    const row = { value: JSON.stringify(preferences), updated_at: this.#now() };
    await this.#store.db
      .insertInto('kv')
      .values({ namespace, key: keyOf(owner), ...row })
      .onConflict((conflict) => conflict.columns(['namespace', 'key']).doUpdateSet(row))
      .execute();
  }
}

function keyOf({ orgId, userId = 0 }: PreferencesOwner): string {
  return `${orgId}:${userId}`;
}
