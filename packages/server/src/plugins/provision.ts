import { join } from 'node:path';
import type { Environment } from '../config/index.ts';
import { formatJson } from '../json/index.ts';
import type { Logger } from '../log/index.ts';
import { type ProvisionedEntry, readProvisioningFiles } from '../provisioning/index.ts';
import type { PluginCatalog } from './catalog.ts';
import type { PluginSettings } from './plugin-settings.ts';

export interface ProvisionPluginsOptions {
  readonly catalog: PluginCatalog;
  readonly pluginSettings: PluginSettings;
  /** Provisioning folders; files are in their folders `plugins`. */
  readonly folders: readonly string[];
  readonly env: Environment;
  readonly logger: Logger;
}

/**
 * Applies the app files. All of them are checked before anything is changed.
 *
 * @throws ServerError `provisioning_unreadable`, `provisioning_invalid`
 */
export async function provisionPlugins(options: ProvisionPluginsOptions): Promise<void> {
  const files = options.folders.flatMap((folder) => readProvisioningFiles(join(folder, 'plugins'), options.env));
  const orgIds = await options.pluginSettings.orgIds();
  const apps = files.flatMap((file) => file.entries('apps')).map((entry) => readApp(entry, options.catalog, orgIds));
  for (const { orgId, plugin, update, where } of apps) {
    await options.pluginSettings.update(orgId, plugin, update);
    options.logger.info('Applied the settings of an app from its provisioning file', { pluginId: plugin.id, where });
  }
}

function readApp(entry: ProvisionedEntry, catalog: PluginCatalog, orgIds: ReadonlySet<number>) {
  const type = entry.text('type');
  if (type === '') throw entry.invalid(['type'], 'is missing');
  const plugin = catalog.find(type);
  if (plugin === undefined) throw entry.invalid(['type'], `names ${type}, which is no loaded plugin`);
  const isDisabled = entry.flag(false, 'disabled');
  if (isDisabled && plugin.manifest.autoEnabled) throw entry.invalid(['disabled'], `cannot disable ${type}, which is enabled by itself`);
  const jsonData = entry.json('jsonData', 'json_data');
  return {
    plugin,
    where: entry.where('type'),
    orgId: entry.orgId(orgIds, 'org_id', 'orgId'),
    update: {
      enabled: !isDisabled,
      pinned: entry.flag(true, 'pinned'),
      jsonData: jsonData === undefined ? '{}' : formatJson(jsonData),
      secrets: entry.secrets('secureJsonData', 'secure_json_data'),
      pluginVersion: plugin.manifest.info.version,
    },
  };
}
