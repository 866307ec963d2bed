import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { parseJson, toRawJson } from '../json/index.ts';
import { openSecrets, type SecretBox, type Secrets, secretFields } from '../secrets/index.ts';
import { readOrgIds, type Store } from '../store/index.ts';
import type { PluginState } from './dto.ts';
import type { ServerPlugin } from './plugin-host.ts';

/** A stored row for one plugin in one organisation. */
export interface PluginSetting {
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** JSON text with sorted keys. */
  readonly jsonData: string;
  readonly updatedAtMs: number;
}

export interface PluginSettingUpdate {
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** Absent keeps the stored one. */
  readonly jsonData?: string | undefined;
  readonly secrets?: Readonly<Record<string, Secret>> | undefined;
  readonly pluginVersion?: string | undefined;
}

export interface PluginSettingsOptions {
  readonly store: Store;
  readonly secrets: SecretBox;
  readonly now?: (() => number) | undefined;
}

/** What organisations set for plugins: on or off, settings, secrets. */
export class PluginSettings {
  readonly #store: Store;
  readonly #secrets: SecretBox;
  readonly #now: () => number;

  constructor({ store, secrets, now = Date.now }: PluginSettingsOptions) {
    this.#store = store;
    this.#secrets = secrets;
    this.#now = now;
  }

  /** The organisations that can have settings. */
  orgIds(): Promise<ReadonlySet<number>> {
    return readOrgIds(this.#store.db);
  }

  async find(orgId: number, pluginId: string): Promise<PluginSetting | undefined> {
    const row = await this.#store.db
      .selectFrom('plugin_setting')
      .selectAll()
      .where('org_id', '=', orgId)
      .where('plugin_id', '=', pluginId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { enabled: row.enabled === 1, pinned: row.pinned === 1, jsonData: row.json_data, updatedAtMs: row.updated_at };
  }

  secretsOf(orgId: number, pluginId: string): Promise<Secrets> {
    return this.#secrets.read(this.#store.db, scopeOf(orgId, pluginId));
  }

  /** Settings as the plugin sees them, secrets opened. */
  async forPlugin(
    orgId: number,
    pluginId: string,
  ): Promise<{ jsonData: string; secureJsonData: Record<string, string>; updatedAtMs: number }> {
    const setting = await this.find(orgId, pluginId);
    if (setting === undefined) return { jsonData: '', secureJsonData: {}, updatedAtMs: 0 };
    const secureJsonData = openSecrets(await this.secretsOf(orgId, pluginId));
    return { jsonData: setting.jsonData, secureJsonData, updatedAtMs: setting.updatedAtMs };
  }

  /** What the API shows. */
  async state(orgId: number, plugin: ServerPlugin): Promise<PluginState> {
    const setting = await this.find(orgId, plugin.id);
    const { autoEnabled } = plugin.manifest;
    if (setting === undefined) return { enabled: autoEnabled, pinned: autoEnabled, jsonData: null, secureJsonFields: {} };
    const secureJsonFields = secretFields(await this.secretsOf(orgId, plugin.id));
    return { enabled: setting.enabled, pinned: setting.pinned, jsonData: toRawJson(parseJson(setting.jsonData)), secureJsonFields };
  }

  /** @throws ServerError `plugin_auto_enabled` */
  async update(orgId: number, plugin: ServerPlugin, update: PluginSettingUpdate): Promise<void> {
    if (plugin.manifest.autoEnabled && !update.enabled) throw new ServerError('plugin_auto_enabled', { pluginId: plugin.id });
    await this.#store.db.transaction().execute(async (trx) => {
      const key = { org_id: orgId, plugin_id: plugin.id };
      const old = await trx
        .selectFrom('plugin_setting')
        .select(['json_data', 'updated_at'])
        .where('org_id', '=', orgId)
        .where('plugin_id', '=', plugin.id)
        .executeTakeFirst();
      const row = {
        enabled: update.enabled ? (1 as const) : (0 as const),
        pinned: update.pinned ? (1 as const) : (0 as const),
        json_data: update.jsonData ?? old?.json_data ?? '{}',
        plugin_version: update.pluginVersion ?? '',
        updated_at: Math.max(this.#now(), (old?.updated_at ?? 0) + 1),
      };
      await trx
        .insertInto('plugin_setting')
        .values({ ...key, ...row, created_at: row.updated_at })
        .onConflict((conflict) => conflict.columns(['org_id', 'plugin_id']).doUpdateSet(row))
        .execute();
      await this.#secrets.merge(trx, scopeOf(orgId, plugin.id), update.secrets ?? {});
    });
  }

  /**
   * Lets only enabled apps pass; other kinds always do.
   *
   * @throws ServerError `plugin_setting_missing`, `plugin_not_enabled`
   */
  async assertEnabled(orgId: number, plugin: ServerPlugin): Promise<void> {
    if (plugin.manifest.type !== 'app' || plugin.manifest.autoEnabled) return;
    const setting = await this.find(orgId, plugin.id);
    if (setting === undefined) throw new ServerError('plugin_setting_missing', { pluginId: plugin.id });
    if (!setting.enabled) throw new ServerError('plugin_not_enabled', { pluginId: plugin.id });
  }
}

function scopeOf(orgId: number, pluginId: string): string {
  return `app:${orgId}:${pluginId}`;
}
