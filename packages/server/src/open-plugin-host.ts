import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHost, type PluginHost } from '@backplane/host';
import type { Config } from './config/index.ts';
import type { Logger } from './log/index.ts';

/**
 * Makes the plugin host that a configuration describes, and loads `[paths] plugins`. The host logs plugins
 * that fail and lists them in `problems()`. The default folder, below the data folder, is made when it is missing; another one must exist.
 *
 * @throws HostError `plugins_folder_missing`, and the reason of the signal; nothing is left running then
 */
export async function openPluginHost(
  config: Config,
  logger: Logger,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PluginHost> {
  const folder = config.paths.plugins;
  if (folder === join(config.paths.data, 'plugins')) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const host = await createHost({
    logger,
    grafanaVersion: config.backplane.grafanaVersion,
    pluginSettings: config.pluginSettings,
    forwardHostEnv: config.plugins.forwardHostEnvVars,
  });
  try {
    await host.load(folder, { signal });
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}
