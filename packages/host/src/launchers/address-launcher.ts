import { openSideStreams, ping } from '@backplane/protocol/goplugin';
import { type Channel, connect } from '@backplane/protocol/grpc';
import type { DiscoveredPlugin } from '../discovery/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { PluginManifest } from '../manifest/index.ts';
import { LineBudget } from './line-budget.ts';
import type { HostLogger } from './logger.ts';
import { type PluginAddress, resolveAddress } from './plugin-address.ts';
import type { LaunchLimits, OnLaunchLimit } from './process-launcher.ts';
import { sideStreamLogger } from './stderr.ts';
import type { Launcher, PluginEnd, RunningPlugin } from './types.ts';

/** How plugins are reached that somebody else has started. */
export interface AddressLauncherOptions {
  readonly logger: HostLogger;
  /** Addresses by plugin id. */
  readonly addresses: Readonly<Record<string, PluginAddress>>;
  /** Starts all plugins that have no address; disposed with this one. */
  readonly others: Launcher;
  readonly startTimeoutMs: number;
  readonly limits: (plugin: PluginManifest) => LaunchLimits;
  readonly onLimit: OnLaunchLimit;
}

/**
 * Opens a launcher for plugins that run already, in another container or on another machine. A start is a connection
 * that answers; the end of the connection is the end of the run, and stopping only hangs up: the plugin is not ours.
 */
export function createAddressLauncher(options: AddressLauncherOptions): Launcher {
  const { logger, addresses, others, startTimeoutMs, limits, onLimit } = options;
  const live = new Set<RunningPlugin>();
  return {
    async launch(plugin: DiscoveredPlugin, { signal } = {}): Promise<RunningPlugin> {
      const { manifest } = plugin;
      const given = addresses[manifest.id];
      if (given === undefined) return await others.launch(plugin, { signal });
      const { maxReplyBytes, maxLogLinesPerSecond } = limits(manifest);
      const channel = await dial(manifest.id, given, { startTimeoutMs, maxReplyBytes, signal });
      const budget = new LineBudget(maxLogLinesPerSecond, (lines) => onLimit(manifest.id, 'maxLogLinesPerSecond', lines));
      const running = follow(channel, openSideStreams(channel, sideStreamLogger({ pluginId: manifest.id, logger, budget })));
      live.add(running);
      void running.gone.then(() => live.delete(running));
      return running;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((running) => running.stop()));
      await others[Symbol.asyncDispose]();
    },
  };
}

interface DialOptions {
  readonly startTimeoutMs: number;
  readonly maxReplyBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Connects and asks the plugin for a sign of life: something else may listen there. */
async function dial(pluginId: string, given: PluginAddress, { startTimeoutMs, maxReplyBytes, signal }: DialOptions): Promise<Channel> {
  const { address, tls } = resolveAddress(pluginId, given);
  const timeout = AbortSignal.timeout(startTimeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let channel: Channel | undefined;
  try {
    channel = await connect(address, { tls, signal: either, connectTimeoutMs: startTimeoutMs, maxReceiveBytes: maxReplyBytes });
    await ping(channel, { signal: either });
    return channel;
  } catch (cause) {
    await channel?.close();
    signal?.throwIfAborted();
    const detail = timeout.aborted ? `no answer in ${startTimeoutMs} ms` : describeError(cause);
    throw new HostError('address_unreachable', { pluginId, address: given.url, detail }, { cause });
  }
}

function follow(channel: Channel, sideStreams: AsyncDisposable): RunningPlugin {
  let isStopped = false;
  const ended = channel.closed.then(() => undefined);
  const gone = ended.then(async (): Promise<PluginEnd> => {
    await Promise.resolve(sideStreams[Symbol.asyncDispose]()).catch(() => undefined); // they end with their connection
    return { why: isStopped ? 'disconnected' : 'connection lost', stderrTail: [] };
  });
  const hangUp = () => {
    isStopped = true;
    return channel.close();
  };
  return {
    pid: undefined,
    channel,
    ended,
    gone,
    stderrTail: () => [],
    async stop() {
      await hangUp();
      await gone;
    },
    kill: () => void hangUp(),
    usage: async () => undefined,
  };
}
