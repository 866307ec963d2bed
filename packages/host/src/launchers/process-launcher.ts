import { basename } from 'node:path';
import { type AutoMtlsOffer, hostEnvironment, offerAutoMtls, openSideStreams } from '@backplane/protocol/goplugin';
import { type Address, type Channel, type ChannelOptions, connect } from '@backplane/protocol/grpc';
import { type DiscoveredPlugin, type Program, resolveProgram } from '../discovery/index.ts';
import { describeError, HostError, isHostError } from '../errors/index.ts';
import type { PluginManifest } from '../manifest/index.ts';
import { MemoryGroup } from './cgroup/index.ts';
import { type Child, spawnChild } from './child.ts';
import { type Command, commandOf } from './command.ts';
import { pluginEnvironment } from './environment.ts';
import { explainSpawnFailure } from './explain-spawn.ts';
import { readHandshake } from './handshake.ts';
import { LineBudget } from './line-budget.ts';
import type { HostLogger } from './logger.ts';
import { PluginProcess } from './plugin-process.ts';
import { RunFolder, type RunSlot, sweepRunRoot } from './run-folder/index.ts';
import { createRunningProcess, type StopWaits } from './running-process.ts';
import { confine, type SandboxOptions } from './sandbox/index.ts';
import { type PluginLog, readStderr, sideStreamLogger } from './stderr.ts';
import type { Launcher, RunningPlugin } from './types.ts';
import { within } from './within.ts';

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
  readonly limits: (plugin: PluginManifest) => LaunchLimits;
  /** What a plugin gets in its sandbox; undefined for none around it. */
  readonly sandbox: (plugin: PluginManifest) => SandboxOptions | undefined;
  /** A cgroup of version 2 that hands memory on, for limits that the kernel keeps. */
  readonly cgroup: string | undefined;
  readonly onLimit: OnLaunchLimit;
}

/** Told of lines of log that were dropped, at most once a second, and of kills by the kernel for want of memory. */
export type OnLaunchLimit = (pluginId: string, limit: 'maxLogLinesPerSecond' | 'maxMemoryBytes', times: number) => void;

/** What a run of a plugin may take. */
export interface LaunchLimits {
  readonly maxReplyBytes: number;
  readonly softMemoryBytes: number | undefined;
  readonly maxMemoryBytes: number | undefined;
  readonly maxLogLinesPerSecond: number;
}

/** What one start works with. */
interface Start {
  readonly plugin: DiscoveredPlugin;
  readonly program: Program;
  readonly slot: RunSlot;
  readonly offer: AutoMtlsOffer | undefined;
  readonly limits: LaunchLimits;
  readonly sandbox: SandboxOptions | undefined;
  readonly log: PluginLog;
  readonly signal: AbortSignal | undefined;
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

const notLimited = 'memory of a plugin is measured, not limited by the kernel';

/** How long a process whose address is dead may take to end by itself. */
const exitWaitMs = 250;

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
    const { manifest } = plugin;
    const program = await resolveProgram(plugin);
    const offer = this.#options.autoMtls ? await offerAutoMtls() : undefined;
    const limits = this.#options.limits(manifest);
    const log = this.#openLog(manifest.id, limits.maxLogLinesPerSecond);
    const sandbox = this.#options.sandbox(manifest);
    const start: Start = { plugin, program, sandbox, slot: this.#folder.openSlot(), offer, limits, log, signal };
    const started = await this.#start(start);
    this.#live.add(started);
    try {
      const running = await this.#connect(started, start);
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
    const results = await Promise.allSettled([...this.#live].map((plugin) => plugin.remove()));
    await this.#folder.close();
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(describeError).join('; '));
  }

  #openLog(pluginId: string, maxLogLinesPerSecond: number): PluginLog {
    const { logger, onLimit } = this.#options;
    const budget = new LineBudget(maxLogLinesPerSecond, (lines) => {
      logger.warn('lines that a plugin logged were dropped', { pluginId, lines, maxLogLinesPerSecond });
      onLimit(pluginId, 'maxLogLinesPerSecond', lines);
    });
    return { pluginId, logger, budget };
  }

  async #start(start: Start): Promise<PluginProcess> {
    const { program, slot, log } = start;
    const { pluginId } = log;
    const memory = this.#openMemoryGroup(start);
    let child: Child | undefined;
    try {
      child = await spawnChild(commandFor(start), this.#environment(start));
      slot.record(child.pid, memory?.path);
      if (memory !== undefined) this.#limitMemory(memory, child.pid, log);
      const stderr = readStderr(child.stderr, log);
      const onMemoryKill = () => this.#options.onLimit(pluginId, 'maxMemoryBytes', 1);
      return new PluginProcess({ log, file: program.file, child, slot, memory, onMemoryKill, stderr });
    } catch (cause) {
      child?.signalGroup('SIGKILL');
      await slot.close();
      await memory?.remove();
      if (isHostError(cause)) throw cause;
      throw new HostError('spawn_failed', { pluginId, file: program.file, detail: explainSpawnFailure(cause, program.file) }, { cause });
    }
  }

  /** Where that cannot be done the memory is measured all the same, and limited a moment later. */
  #openMemoryGroup({ slot, limits: { maxMemoryBytes }, log: { pluginId, logger } }: Start): MemoryGroup | undefined {
    const { cgroup } = this.#options;
    if (cgroup === undefined || maxMemoryBytes === undefined) return undefined;
    try {
      return new MemoryGroup(cgroup, `${basename(this.#folder.path)}-${basename(slot.path)}`, maxMemoryBytes);
    } catch (error) {
      logger.warn(notLimited, { pluginId, cgroup, error: describeError(error) });
      return undefined;
    }
  }

  #limitMemory(memory: MemoryGroup, pid: number, { pluginId, logger }: PluginLog): void {
    try {
      memory.add(pid);
    } catch (error) {
      logger.warn(notLimited, { pluginId, cgroup: memory.path, error: describeError(error) });
    }
  }

  /** Computed anew for each start, as the settings may have changed. */
  #environment({ plugin: { manifest }, slot, offer, limits }: Start): Record<string, string> {
    const { grafanaVersion, environment, pluginSettings, forwardHostEnv } = this.#options;
    return pluginEnvironment({
      grafanaVersion,
      provided: environment(manifest),
      settings: pluginSettings[manifest.id] ?? {},
      hostEnv: process.env,
      forwardHostEnv: forwardHostEnv.includes(manifest.id),
      softMemoryBytes: limits.softMemoryBytes,
      goPlugin: hostEnvironment({ socketDir: slot.path, clientCert: offer?.clientCert }),
    });
  }

  async #connect(plugin: PluginProcess, { offer, limits, log, signal, sandbox, slot }: Start): Promise<RunningPlugin> {
    const { startTimeoutMs, shutdownWaitMs, termWaitMs } = this.#options;
    // Who has no network must not get us to carry what it knows to an address of its choice.
    const onlyFolder = sandbox === undefined || sandbox.network === true ? undefined : slot.path;
    const { address, tls } = await readHandshake(plugin, { startTimeoutMs, signal, offer, onlyFolder });
    const channel = await dial(plugin, address, {
      tls,
      signal,
      maxReceiveBytes: limits.maxReplyBytes,
      connectTimeoutMs: Math.min(10_000, startTimeoutMs),
    });
    const sideStreams = openSideStreams(channel, sideStreamLogger(log));
    return createRunningProcess({ plugin, channel, sideStreams, stopWaits: { shutdownWaitMs, termWaitMs } });
  }

  readonly #onHostExit = (): void => {
    for (const plugin of this.#live) plugin.kill();
    this.#folder.closeNow();
  };
}

function commandFor({ plugin: { manifest, rootFolder }, program, sandbox: options, slot }: Start): Command {
  const command = commandOf(program);
  if (options === undefined) return command;
  return confine(command, { pluginId: manifest.id, folder: rootFolder, socketFolder: slot.path, options });
}

async function dial(plugin: PluginProcess, address: Address, options: ChannelOptions): Promise<Channel> {
  try {
    return await connect(address, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    // A process that died is why nobody listens, and we hear of that a moment later.
    if ((await within(plugin.exited, exitWaitMs)) !== undefined) await plugin.lastWords();
    const where = address.network === 'unix' ? address.path : `${address.host}:${address.port}`;
    throw new HostError('dial_failed', { ...plugin.startFacts(), address: where, detail: describeError(cause) }, { cause });
  }
}
