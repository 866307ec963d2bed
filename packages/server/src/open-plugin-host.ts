import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createGrafanaChain,
  createHost,
  type PluginHost,
  type PluginLimits,
  registerHostMetrics,
  type SignaturePolicy,
} from '@backplane/host';
import type { Registry } from 'prom-client';
import type { Config } from './config/index.ts';
import { ServerError } from './errors/index.ts';
import type { Logger } from './log/index.ts';

/** What opening a host takes besides the configuration. */
export interface OpenPluginHostOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes the metrics of plugins and of the calls to them. */
  readonly metrics?: Registry | undefined;
  /** Plugins that ship with this program: loaded after the others, and not asked for a signature. */
  readonly corePluginsFolder?: string | undefined;
}

/**
 * Makes the plugin host that a configuration describes, and loads `[paths] plugins`. The host logs plugins
 * that fail and lists them in `problems()`. The default folder, below the data folder, is made when it is missing; another one must exist.
 *
 * @throws ServerError `config_unreadable` for a trust root
 * @throws HostError `plugins_folder_missing`, and the reason of the signal; nothing is left running then
 */
export async function openPluginHost(
  config: Config,
  logger: Logger,
  { signal, metrics, corePluginsFolder }: OpenPluginHostOptions = {},
): Promise<PluginHost> {
  const folder = config.paths.plugins;
  if (folder === join(config.paths.data, 'plugins')) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const host = await createHost({
    logger,
    grafanaVersion: config.backplane.grafanaVersion,
    pluginSettings: config.pluginSettings,
    forwardHostEnv: config.plugins.forwardHostEnvVars,
    middleware: createGrafanaChain({ registry: metrics, sendUserHeader: config.dataproxy.sendUserHeader }),
    disabledPlugins: config.plugins.disablePlugins,
    liveFiles: config.root.appMode === 'development',
    signatures: signaturePolicy(config),
    startTimeoutMs: config.backplane.pluginStartTimeoutMs,
    lazyStart: config.backplane.pluginLazyStart,
    idleStopMs: config.backplane.pluginIdleStopMs || undefined,
    // Whoever develops a plugin stops it in a debugger, which looks like a hang.
    liveness: config.root.appMode === 'development' ? false : undefined,
    limits: pluginLimits(config),
  });
  if (metrics !== undefined) registerHostMetrics(host, metrics);
  try {
    await host.load(folder, { signal });
    if (corePluginsFolder !== undefined && corePluginsFolder !== folder) await host.load(corePluginsFolder, { signal, isInternal: true });
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}

function pluginLimits({ backplane }: Config): Partial<PluginLimits> {
  return {
    callTimeoutMs: backplane.pluginAnswerTimeoutMs || Number.POSITIVE_INFINITY,
    maxReplyBytes: backplane.pluginMaxReplyBytes,
    maxConcurrentCalls: backplane.pluginMaxConcurrentCalls,
    softMemoryBytes: backplane.pluginSoftMemoryBytes || undefined,
    maxMemoryBytes: backplane.pluginMaxMemoryBytes || undefined,
  };
}

/** As Grafana's: in production what is unsigned has to be listed. */
function signaturePolicy({ root, plugins, backplane, server }: Config): SignaturePolicy {
  return {
    trustRoots: backplane.pluginTrustRoots.map(readTrustRoot),
    rootUrl: server.rootUrl === '' ? `http://${server.domain}:${server.httpPort}/` : server.rootUrl,
    allowUnsigned: root.appMode === 'development' || plugins.allowLoadingUnsignedPlugins,
    requireKnownKey: backplane.requireKnownPluginKey,
  };
}

function readTrustRoot(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const detail = `the key ${file} of [backplane] plugin_trust_roots cannot be read: ${(cause as Error).message}`;
    throw new ServerError('config_unreadable', { file, detail }, { cause });
  }
}
