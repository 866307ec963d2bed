import { createPluginClient } from './client/index.ts';
import { type DiscoveredPlugin, discoverPlugin } from './discovery/index.ts';
import { HostError } from './errors/index.ts';
import { type Launcher, silentLogger } from './launchers/index.ts';
import { type LimitCounter, limitsOf } from './limits.ts';
import { forPlugin } from './per-plugin.ts';
import type { PluginSignature } from './signature/index.ts';
import {
  type CandidateCheck,
  defaultLivenessPolicy,
  defaultRestartPolicy,
  probe,
  type Supervisor,
  type SupervisorOptions,
  systemClock,
} from './supervisor/index.ts';
import type { HostOptions, ReplaceOptions } from './types.ts';

/** What a supervisor of a host gets: its options, with what holds by default. */
export function supervisorOptions(
  plugin: DiscoveredPlugin,
  launcher: Launcher,
  options: HostOptions,
  limitCounter: LimitCounter,
): SupervisorOptions {
  const limits = limitsOf(plugin.manifest, options.limits);
  const { restart, restartWaitMs = 5_000, liveness, idleStopMs, drainMs = 30_000, onPhase, logger = silentLogger } = options;
  return {
    plugin,
    launcher,
    policy: { ...defaultRestartPolicy, ...restart },
    restartWaitMs,
    liveness: liveness === false ? undefined : { ...defaultLivenessPolicy, ...liveness },
    maxMemoryBytes: limits.maxMemoryBytes,
    onTooLarge: () => limitCounter.add(plugin.manifest.id, 'maxMemoryBytes'),
    memorySampleMs: 2_000,
    idleStopMs: forPlugin(idleStopMs, plugin.manifest),
    drainMs,
    clock: systemClock,
    chance: Math.random,
    onPhase: onPhase && ((phase) => onPhase(plugin.manifest.id, phase)),
    logger,
  };
}

/** Answers go-plugin's health check, at the least. */
const healthTimeoutMs = 10_000;

interface AdmittingReplaceOptions extends ReplaceOptions {
  /** Asks whether the new files may run, by their signature. */
  readonly admit: (plugin: DiscoveredPlugin) => Promise<PluginSignature>;
}

/** Puts what a folder holds now in the place of a plugin that runs, and gives the signature of the new one. */
export async function replacePlugin(
  supervisor: Supervisor | undefined,
  { manifest, folder: firstFolder }: DiscoveredPlugin,
  { folder = supervisor?.plugin.folder ?? firstFolder, check, signal, admit }: AdmittingReplaceOptions,
): Promise<PluginSignature> {
  const pluginId = manifest.id;
  if (supervisor === undefined) throw new HostError('plugin_unavailable', { pluginId, detail: 'it has no backend to replace' });
  const plugin = await discoverPlugin(folder);
  const { id, backend, info } = plugin.manifest;
  if (id !== pluginId || !backend) {
    const detail = id === pluginId ? `${folder} has no backend` : `${folder} holds the plugin ${id}`;
    throw new HostError('replacement_failed', { pluginId, detail });
  }
  const checkCandidate: CandidateCheck = async ({ channel }, stopping) => {
    await probe(channel, AbortSignal.any([stopping, AbortSignal.timeout(healthTimeoutMs)]));
    const identity = { pluginId, pluginVersion: info.version };
    await check?.(createPluginClient(identity, async () => ({ channel, lost() {}, release() {} })));
  };
  const signature = await admit(plugin);
  await supervisor.replace(plugin, checkCandidate, signal);
  return signature;
}
