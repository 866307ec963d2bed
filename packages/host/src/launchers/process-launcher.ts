import { type AutoMtlsOffer, hostEnvironment, offerAutoMtls, openSideStreams } from '@backplane/protocol/goplugin';
import { type Channel, connect } from '@backplane/protocol/grpc';
import { type DiscoveredPlugin, type Program, resolveProgram } from '../discovery/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { PluginManifest } from '../manifest/index.ts';
import { type Child, spawnChild } from './child.ts';
import { pluginEnvironment } from './environment.ts';
import { type Destination, readHandshake } from './handshake.ts';
import type { HostLogger } from './logger.ts';
import { PluginProcess } from './plugin-process.ts';
import { RunFolder, type RunSlot, sweepRunRoot } from './run-folder/index.ts';
import { createRunningProcess, type StopWaits } from './running-process.ts';
import { readStderr, sideStreamLogger } from './stderr.ts';
import type { Launcher, RunningPlugin } from './types.ts';

/** How plugin processes are started and stopped. */
export interface ProcessLauncherOptions extends StopWaits {
  readonly logger: HostLogger;
  readonly grafanaVersion: string;
  readonly environment: (plugin: PluginManifest) => Readonly<Record<string, string>>;
  readonly pluginSettings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly forwardHostEnv: readonly string[];
  readonly startTimeoutMs: number;
  readonly runRoot: string | undefined;
  /** Talk over TLS, with certificates made for each start. */
  readonly autoMtls: boolean;
}

/**
 * Opens a launcher of child processes: native executables, and `.js`/`.ts` files in this Node.
 * Sweeps first what hosts of this user left behind that died.
 *
 * @returns owns a private folder for sockets; disposing it kills what still runs
 * @throws HostError `run_folder_unsafe`, `run_folder_unusable`
 */
export async function createProcessLauncher(options: ProcessLauncherOptions): Promise<Launcher> {
  const folder = new RunFolder({ root: options.runRoot });
  try {
    await sweepRunRoot(folder, options.logger);
  } catch (error) {
    await folder.close();
    throw error;
  }
  return new ProcessLauncher(folder, options);
}

class ProcessLauncher implements Launcher {
  readonly #folder: RunFolder;
  readonly #options: ProcessLauncherOptions;
  readonly #live = new Set<PluginProcess>();

  constructor(folder: RunFolder, options: ProcessLauncherOptions) {
    this.#folder = folder;
    this.#options = options;
    process.on('exit', this.#onHostExit);
  }

  async launch(plugin: DiscoveredPlugin, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<RunningPlugin> {
    signal?.throwIfAborted();
    const program = await resolveProgram(plugin);
    const offer = this.#options.autoMtls ? await offerAutoMtls() : undefined;
    const started = await this.#start(plugin, program, this.#folder.openSlot(), offer);
    this.#live.add(started);
    try {
      const running = await this.#connect(started, offer, signal);
      const forget = () => this.#live.delete(started);
      running.gone.then(forget, forget);
      return running;
    } catch (error) {
      await started.remove().finally(() => this.#live.delete(started));
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#onHostExit);
    await Promise.all([...this.#live].map((plugin) => plugin.remove()));
    await this.#folder.close();
  }

  async #start(plugin: DiscoveredPlugin, program: Program, slot: RunSlot, offer: AutoMtlsOffer | undefined): Promise<PluginProcess> {
    const pluginId = plugin.manifest.id;
    let child: Child | undefined;
    try {
      child = await spawnChild(program, this.#environment(plugin.manifest, slot, offer));
      slot.record(child.pid);
      const stderr = readStderr(child.stderr, { pluginId, logger: this.#options.logger });
      return new PluginProcess({ pluginId, file: program.file, child, slot, stderr });
    } catch (cause) {
      child?.signalGroup('SIGKILL');
      await slot.close();
      throw new HostError('spawn_failed', { pluginId, file: program.file, detail: explainSpawnFailure(cause) }, { cause });
    }
  }

  /** Computed anew for each start, as the settings may have changed. */
  #environment(manifest: PluginManifest, slot: RunSlot, offer: AutoMtlsOffer | undefined): Record<string, string> {
    const { grafanaVersion, environment, pluginSettings, forwardHostEnv } = this.#options;
    return pluginEnvironment({
      grafanaVersion,
      provided: environment(manifest),
      settings: pluginSettings[manifest.id] ?? {},
      hostEnv: process.env,
      forwardHostEnv: forwardHostEnv.includes(manifest.id),
      goPlugin: hostEnvironment({ socketDir: slot.path, clientCert: offer?.clientCert }),
    });
  }

  async #connect(plugin: PluginProcess, offer: AutoMtlsOffer | undefined, signal: AbortSignal | undefined): Promise<RunningPlugin> {
    const { logger, startTimeoutMs, shutdownWaitMs, termWaitMs } = this.#options;
    const channel = await dial(plugin, await readHandshake(plugin, { startTimeoutMs, signal, offer }), signal);
    const sideStreams = openSideStreams(channel, sideStreamLogger(plugin.pluginId, logger));
    return createRunningProcess({ plugin, channel, sideStreams, stopWaits: { shutdownWaitMs, termWaitMs } });
  }

  readonly #onHostExit = (): void => {
    for (const plugin of this.#live) plugin.kill();
    this.#folder.closeNow();
  };
}

async function dial(plugin: PluginProcess, { address, tls }: Destination, signal: AbortSignal | undefined): Promise<Channel> {
  try {
    return await connect(address, { signal, tls });
  } catch (cause) {
    signal?.throwIfAborted();
    const where = address.network === 'unix' ? address.path : `${address.host}:${address.port}`;
    throw new HostError('dial_failed', { ...plugin.startFacts(), address: where, detail: describeError(cause) }, { cause });
  }
}

/** The file itself was there a moment ago, so ENOENT is about what it needs. */
function explainSpawnFailure(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  const hint = code === 'ENOENT' ? ' (its interpreter or its loader is missing, or it was removed just now)' : '';
  return `${describeError(cause)}${hint}`;
}
