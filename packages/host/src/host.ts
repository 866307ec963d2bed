import { resolve, sep } from 'node:path';
import { createAbsentClient, createPluginClient } from './client/index.ts';
import { type DiscoveredPlugin, discoverPlugin, discoverPlugins } from './discovery/index.ts';
import { HostError, isHostError } from './errors/index.ts';
import { EventHub } from './events.ts';
import {
  assertUsableCgroup,
  createAddressLauncher,
  createProcessLauncher,
  findDelegatedCgroup,
  type HostLogger,
  type Launcher,
  type ProcessLauncherOptions,
  silentLogger,
} from './launchers/index.ts';
import { LimitCounter, limitsOf } from './limits.ts';
import { forPlugin } from './per-plugin.ts';
import { createHandle } from './plugin-handle.ts';
import type { PluginSignature } from './signature/index.ts';
import { SignatureGate } from './signature-gate.ts';
import { replacePlugin, supervisorOptions } from './supervise.ts';
import { Supervisor } from './supervisor/index.ts';
import type { HostEvent, HostOptions, LoadOptions, PluginDescription, PluginHandle, PluginHost, PluginProblem } from './types.ts';

/**
 * Opens a host for plugins, without any plugin yet.
 *
 * At first it sweeps what hosts of the same user left behind that were killed.
 *
 * @returns to be disposed by the caller; a host that is not disposed kills its plugins when this process exits
 * @throws HostError `run_folder_unsafe`, `run_folder_unusable`, `cgroup_unusable`
 */
export async function createHost(options: HostOptions = {}): Promise<PluginHost> {
  const logger = options.logger ?? silentLogger;
  const events = new EventHub<HostEvent>();
  const limitCounter = new LimitCounter((pluginId, limit, times) => events.emit({ kind: 'limited', pluginId, limit, times }));
  if (typeof options.cgroup === 'string') assertUsableCgroup(options.cgroup);
  const processOptions = launcherOptions(options, logger, limitCounter);
  const others = options.launcher ?? (await createProcessLauncher(processOptions));
  const { addresses } = options;
  const launcher = addresses === undefined ? others : createAddressLauncher({ ...processOptions, addresses, others });
  const onPhase: HostOptions['onPhase'] = (pluginId, phase) => {
    if (phase.kind === 'ready') logger.info('plugin started', { pluginId, pid: phase.pid });
    events.emit({ kind: 'phase', pluginId, phase });
    options.onPhase?.(pluginId, phase);
  };
  return new Host({ ...options, onPhase }, { logger, launcher, limitCounter, events });
}

function launcherOptions(options: HostOptions, logger: HostLogger, limitCounter: LimitCounter): ProcessLauncherOptions {
  return {
    logger,
    grafanaVersion: options.grafanaVersion ?? '12.4.0',
    environment: options.environment ?? (() => ({})),
    pluginSettings: options.pluginSettings ?? {},
    forwardHostEnv: options.forwardHostEnv ?? [],
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    runRoot: options.runRoot,
    autoMtls: options.autoMtls ?? false,
    shutdownWaitMs: options.shutdownWaitMs ?? 2_000,
    termWaitMs: options.termWaitMs ?? 500,
    limits: (plugin) => limitsOf(plugin, options.limits),
    sandbox: (plugin) => forPlugin(options.sandbox, plugin),
    cgroup: options.cgroup === false ? undefined : (options.cgroup ?? findDelegatedCgroup()),
    onLimit: (pluginId, limit, times) => limitCounter.add(pluginId, limit, times),
  };
}

/** What a host works with besides its options. */
interface HostParts {
  readonly logger: HostLogger;
  readonly launcher: Launcher;
  readonly limitCounter: LimitCounter;
  readonly events: EventHub<HostEvent>;
}

class Host implements PluginHost {
  readonly #options: HostOptions;
  readonly #logger: HostLogger;
  readonly #launcher: Launcher;
  readonly #limitCounter: LimitCounter;
  readonly #events: EventHub<HostEvent>;
  readonly #plugins = new Map<string, PluginHandle>();
  /** Ids that are being started, with their folders: two loads at a time must not start one twice. */
  readonly #starting = new Map<string, string>();
  readonly #supervisors = new Set<Supervisor>();
  readonly #gate: SignatureGate;
  #problems: readonly PluginProblem[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: HostOptions, { logger, launcher, limitCounter, events }: HostParts) {
    this.#limitCounter = limitCounter;
    this.#events = events;
    this.#options = options;
    this.#logger = logger;
    this.#launcher = launcher;
    this.#gate = new SignatureGate(options.signatures);
  }

  async load(folder: string, options: LoadOptions = {}): Promise<void> {
    const found = await discoverPlugins(folder, this.#takenIds());
    const plugins = found.plugins.filter(({ manifest }) => !(this.#options.disabledPlugins ?? []).includes(manifest.id));
    this.#forgetProblemsIn(folder);
    for (const { folder, pluginId, error } of found.failures) this.#addProblem({ folder, pluginId, stage: 'discovery', error });
    const results = await Promise.allSettled(plugins.map((plugin) => this.#add(plugin, options)));
    for (const [index, result] of results.entries()) {
      const { folder, manifest } = plugins[index] as DiscoveredPlugin;
      if (result.status === 'fulfilled') continue;
      if (!isHostError(result.reason)) throw result.reason;
      const stage = result.reason.code.startsWith('signature_') ? 'signature' : 'start';
      this.#addProblem({ folder, pluginId: manifest.id, stage, error: result.reason });
    }
    for (const { id } of plugins.map(({ manifest }) => manifest)) this.#warnAboutDependencies(id);
  }

  async launch(folder: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<PluginHandle> {
    return await this.#add(await discoverPlugin(folder), { signal });
  }

  plugins(): readonly PluginHandle[] {
    return [...this.#plugins.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  plugin(id: string): PluginHandle {
    const found = this.#find(id);
    if (found === undefined) throw new HostError('plugin_not_registered', { pluginId: id });
    return found;
  }

  #find(id: string): PluginHandle | undefined {
    return this.#plugins.get(id) ?? this.plugins().find((plugin) => plugin.manifest.aliasIds.includes(id));
  }

  problems(): readonly PluginProblem[] {
    return this.#problems;
  }

  async describe(): Promise<readonly PluginDescription[]> {
    return await Promise.all(
      this.plugins().map(async (plugin) => ({
        id: plugin.id,
        version: plugin.manifest.info.version,
        folder: plugin.folder,
        signature: plugin.signature.state,
        phase: plugin.phase,
        load: plugin.load(),
        calls: plugin.callCounts(),
        limitHits: plugin.limitHits(),
        usage: await plugin.usage(),
        missingDependencies: plugin.missingDependencies(),
      })),
    );
  }

  events({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<HostEvent, undefined> {
    return this.#events.read(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const results = await Promise.allSettled([...this.#supervisors].map((supervisor) => supervisor.stop()));
    this.#plugins.clear();
    this.#events.close();
    await this.#launcher[Symbol.asyncDispose]();
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  async #add(plugin: DiscoveredPlugin, { signal, isInternal = false, lazyStart }: LoadOptions): Promise<PluginHandle> {
    const { id } = plugin.manifest;
    if (this.#closed !== undefined)
      throw new HostError('plugin_unavailable', { pluginId: id, detail: 'this host is closed; open another' });
    const firstFolder = this.#takenIds().get(id);
    if (firstFolder !== undefined) throw new HostError('plugin_duplicate', { pluginId: id, folder: plugin.folder, firstFolder });
    this.#starting.set(id, plugin.folder);
    try {
      const signature = await this.#gate.check(plugin, isInternal);
      const supervisor = plugin.manifest.backend ? await this.#supervise(plugin, { signal, lazyStart }) : undefined;
      const handle = this.#handleOf(plugin, signature, supervisor);
      this.#plugins.set(id, handle);
      return handle;
    } finally {
      this.#starting.delete(id);
    }
  }

  async #supervise(plugin: DiscoveredPlugin, { signal, lazyStart }: LoadOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(supervisorOptions(plugin, this.#checkingLauncher, this.#options, this.#limitCounter));
    this.#supervisors.add(supervisor);
    if (lazyStart ?? forPlugin(this.#options.lazyStart, plugin.manifest) ?? false) return supervisor;
    try {
      await supervisor.start(signal);
    } catch (error) {
      this.#supervisors.delete(supervisor);
      throw error;
    }
    return supervisor;
  }

  /** Starts only what the policy still lets in; disposed by whoever disposes the one behind it. */
  readonly #checkingLauncher: Launcher = {
    launch: async (plugin, options) => {
      await this.#gate.checkAgain(plugin);
      return await this.#launcher.launch(plugin, options);
    },
    async [Symbol.asyncDispose]() {},
  };

  #handleOf(plugin: DiscoveredPlugin, found: PluginSignature, supervisor: Supervisor | undefined): PluginHandle {
    const pluginId = plugin.manifest.id;
    const identity = {
      pluginId,
      get pluginVersion() {
        return (supervisor?.plugin ?? plugin).manifest.info.version;
      },
    };
    let signature = found;
    const client =
      supervisor === undefined ? createAbsentClient(pluginId) : createPluginClient(identity, (signal) => supervisor.acquire(signal));
    return createHandle({
      plugin,
      signature: () => signature,
      liveFiles: this.#options.liveFiles ?? false,
      isLoaded: (id) => this.#find(id) !== undefined,
      client,
      supervisor,
      identity,
      logger: this.#logger,
      limits: limitsOf(plugin.manifest, this.#options.limits),
      limitCounter: this.#limitCounter,
      middleware: this.#options.middleware ?? [],
      replace: async (options) => {
        const admit = (next: DiscoveredPlugin) => this.#gate.check(next, found.state === 'internal');
        signature = await replacePlugin(supervisor, plugin, { ...options, admit });
      },
      forget: () => {
        this.#plugins.delete(pluginId);
        if (supervisor !== undefined) this.#supervisors.delete(supervisor);
      },
    });
  }

  #takenIds(): Map<string, string> {
    return new Map([...this.plugins().map(({ id, folder }) => [id, folder] as const), ...this.#starting]);
  }

  /** A plugin may do much without them, so it runs; Grafana looks at them only when it installs. */
  #warnAboutDependencies(pluginId: string): void {
    const missing = this.#plugins.get(pluginId)?.missingDependencies() ?? [];
    if (missing.length > 0) this.#logger.warn('plugin depends on others that are not loaded', { pluginId, missing: missing.join(', ') });
  }

  /** A later load looks anew at what was wrong. */
  #forgetProblemsIn(folder: string): void {
    const inside = resolve(folder) + sep;
    this.#problems = this.#problems.filter((problem) => !problem.folder.startsWith(inside));
  }

  #addProblem(problem: { folder: string; pluginId: string | undefined; stage: PluginProblem['stage']; error: HostError }): void {
    const { folder, pluginId, stage, error } = problem;
    this.#problems = [...this.#problems, { folder, pluginId, stage, code: error.code, message: error.message }];
    this.#logger.error('plugin cannot be used', { pluginId, folder, code: error.code, error: error.message });
  }
}
