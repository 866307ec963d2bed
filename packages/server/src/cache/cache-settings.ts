import type { DataSource } from '../datasources/index.ts';
import type { Store } from '../store/index.ts';

/** What is set for the answers of one data source. */
export interface CacheSetting {
  readonly enabled: boolean;
  /** `[caching] ttl` counts instead of the two below. */
  readonly useDefaultTtl: boolean;
  readonly ttlQueriesMs: number;
  readonly ttlResourcesMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type CacheSettingUpdate = Partial<Pick<CacheSetting, 'enabled' | 'useDefaultTtl' | 'ttlQueriesMs' | 'ttlResourcesMs'>>;

const namespace = 'cache-setting';

/** Which data sources keep their answers; off for those of which nothing was said. All are held in memory, for every call asks. */
export class CacheSettings {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #defaultTtlMs: number;
  readonly #settings = new Map<number, CacheSetting>();

  private constructor(store: Store, defaultTtlMs: number, now: () => number) {
    this.#store = store;
    this.#defaultTtlMs = defaultTtlMs;
    this.#now = now;
  }

  /** @param options `defaultTtlMs` is what settings begin with */
  static async open(
    store: Store,
    { defaultTtlMs, now }: { readonly defaultTtlMs: number; readonly now: () => number },
  ): Promise<CacheSettings> {
    const out = new CacheSettings(store, defaultTtlMs, now);
    const rows = await store.db.selectFrom('kv').select(['key', 'value']).where('namespace', '=', namespace).execute();
    for (const { key, value } of rows) out.#settings.set(Number(key), JSON.parse(value) as CacheSetting);
    return out;
  }

  /** Undefined when nothing was ever set. */
  find(dataSourceId: number): CacheSetting | undefined {
    return this.#settings.get(dataSourceId);
  }

  get({ id }: Pick<DataSource, 'id'>): CacheSetting {
    const ttl = this.#defaultTtlMs;
    return this.find(id) ?? { enabled: false, useDefaultTtl: true, ttlQueriesMs: ttl, ttlResourcesMs: ttl, createdAtMs: 0, updatedAtMs: 0 };
  }

  async update(dataSource: Pick<DataSource, 'id'>, update: CacheSettingUpdate): Promise<CacheSetting> {
    const nowMs = this.#now();
    const old = this.get(dataSource);
    const setting = { ...old, ...update, createdAtMs: old.createdAtMs || nowMs, updatedAtMs: nowMs };
    const value = JSON.stringify(setting);
    await this.#store.db
      .insertInto('kv')
      .values({ namespace, key: String(dataSource.id), value, updated_at: nowMs })
      .onConflict((conflict) => conflict.columns(['namespace', 'key']).doUpdateSet({ value, updated_at: nowMs }))
      .execute();
    this.#settings.set(dataSource.id, setting);
    return setting;
  }
}
