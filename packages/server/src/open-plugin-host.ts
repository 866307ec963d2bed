import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createHost,
  type HostOptions,
  type Middleware,
  type PluginHost,
  type PluginManifest,
  registerHostMetrics,
  type SignaturePolicy,
  type Tracing,
} from '@backplane/host';
import type { Registry } from 'prom-client';
import type { Config, PluginConfig } from './config/index.ts';
import { ServerError } from './errors/index.ts';
import type { Logger } from './log/index.ts';
import { tracingVariables } from './open-tracing.ts';
import { makeFolder } from './store/index.ts';

/** What opening a host takes besides the configuration. */
export interface OpenPluginHostOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes the metrics of plugins. */
  readonly metrics?: Registry | undefined;
  /** What is done to every call. */
  readonly middleware: readonly Middleware[];
  readonly tracing?: Tracing | undefined;
  /** Plugins that ship with this program: loaded after the others, and not asked for a signature. */
  readonly corePluginsFolder?: string | undefined;
  /** Only looks at the plugins: starts none, makes no folder but this one, and leaves what other hosts left alone. */
  readonly checkFolder?: string | undefined;
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
  { signal, metrics, middleware, tracing, corePluginsFolder, checkFolder }: OpenPluginHostOptions,
): Promise<PluginHost> {
  const folder = config.paths.plugins;
  const isCheck = checkFolder !== undefined;
  const isOwnFolder = folder === join(config.paths.data, 'plugins');
  if (isOwnFolder && !isCheck) makeFolder(folder);
  const host = await createHost({
    logger,
    grafanaVersion: config.backplane.grafanaVersion,
    environment: (plugin) => tracingVariables(plugin, config, tracing),
    pluginSettings: config.pluginSettings,
    forwardHostEnv: config.plugins.forwardHostEnvVars,
    middleware,
    disabledPlugins: config.plugins.disablePlugins,
    liveFiles: config.root.appMode === 'development',
    signatures: signaturePolicy(config),
    startTimeoutMs: config.backplane.pluginStartTimeoutMs,
    cgroup: config.backplane.pluginCgroup,
    ...onePlugin(config),
    ...(isCheck && { lazyStart: true, runRoot: checkFolder }),
    // Whoever develops a plugin stops it in a debugger, which looks like a hang.
    liveness: config.root.appMode === 'development' ? false : undefined,
  });
  if (metrics !== undefined) registerHostMetrics(host, metrics);
  try {
    if (!isCheck || !isOwnFolder || existsSync(folder)) await host.load(folder, { signal });
    // Whoever brings plugins of their own may never call those that come along.
    const core = { signal, isInternal: true, lazyStart: true };
    if (corePluginsFolder !== undefined && corePluginsFolder !== folder) await host.load(corePluginsFolder, core);
    warnAboutUnknownPlugins(config, host, logger);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}

/** What `[backplane.plugin.<id>]` says of a plugin, before what `[backplane]` says of all. */
function onePlugin({ pluginConfigs, backplane }: Config): HostOptions {
  const of = ({ id }: PluginManifest): Partial<PluginConfig> => pluginConfigs[id] ?? {};
  const addresses = Object.entries(pluginConfigs).flatMap(([id, plugin]) => {
    const { address: url, caFile, certFile, keyFile, serverName } = plugin;
    return url === undefined ? [] : [[id, { url, caFile, certFile, keyFile, serverName }] as const];
  });
  return {
    addresses: Object.fromEntries(addresses),
    sandbox(manifest) {
      const { sandbox, sandboxNetwork: network, sandboxReadable: readable, sandboxWritable: writable } = of(manifest);
      return sandbox === true ? { network, readable, writable } : undefined;
    },
    // Who runs elsewhere may come up later than this server; a start that fails is not tried again, a call is.
    lazyStart: (manifest) => of(manifest).lazyStart ?? (of(manifest).address !== undefined || backplane.pluginLazyStart),
    idleStopMs: (manifest) => (of(manifest).idleStopMs ?? backplane.pluginIdleStopMs) || undefined,
    limits(manifest) {
      const plugin = of(manifest);
      return {
        callTimeoutMs: (plugin.answerTimeoutMs ?? backplane.pluginAnswerTimeoutMs) || Number.POSITIVE_INFINITY,
        maxReplyBytes: plugin.maxReplyBytes ?? backplane.pluginMaxReplyBytes,
        maxConcurrentCalls: plugin.maxConcurrentCalls ?? backplane.pluginMaxConcurrentCalls,
        softMemoryBytes: (plugin.softMemoryBytes ?? backplane.pluginSoftMemoryBytes) || undefined,
        maxMemoryBytes: (plugin.maxMemoryBytes ?? backplane.pluginMaxMemoryBytes) || undefined,
      };
    },
  };
}

/** A mistyped id would leave a plugin without its sandbox. */
function warnAboutUnknownPlugins({ pluginConfigs }: Config, host: PluginHost, logger: Logger): void {
  const found = new Set([...host.plugins().map(({ id }) => id), ...host.problems().map(({ pluginId }) => pluginId)]);
  for (const id of Object.keys(pluginConfigs)) {
    if (!found.has(id)) logger.warn(`No plugin has the id of the section [backplane.plugin.${id}]`, { plugins: [...found].join(', ') });
  }
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
