import type { PluginClient } from './client/index.ts';
import type { HostErrorCode } from './errors/index.ts';
import type { HostLogger, Launcher, PluginAddress, ProcessUsage, SandboxOptions } from './launchers/index.ts';
import type { LimitName, LimitOptions } from './limits.ts';
import type { PluginManifest } from './manifest/index.ts';
import type { CallCounts, CallLoad, Middleware } from './middleware/index.ts';
import type { PerPlugin } from './per-plugin.ts';
import type { PluginSignature, SignaturePolicy } from './signature/index.ts';
import type { LivenessPolicy, Phase, RestartPolicy } from './supervisor/index.ts';

/** How a host runs its plugins. All is optional. */
export interface HostOptions {
  readonly logger?: HostLogger | undefined;
  /** Value of `GF_VERSION` for plugins, `12.4.0` by default. */
  readonly grafanaVersion?: string | undefined;
  /** Variables for every plugin, computed anew for each start; they come before `GF_PLUGIN_<KEY>`. */
  readonly environment?: ((plugin: PluginManifest) => Readonly<Record<string, string>>) | undefined;
  /** Settings by plugin id, handed over as `GF_PLUGIN_<KEY>`; keys `path` and `id` are left out. */
  readonly pluginSettings?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** Ids of plugins that also get this process's whole environment. None by default, as in Grafana 12.4. */
  readonly forwardHostEnv?: readonly string[] | undefined;
  /** How long a plugin may take for its handshake, 60 000 by default. */
  readonly startTimeoutMs?: number | undefined;
  /** How long calls wait for a plugin that is being restarted, 5 000 by default. */
  readonly restartWaitMs?: number | undefined;
  /** How long a plugin may take to end after it was asked to, 2 000 by default as in Grafana; then SIGTERM. */
  readonly shutdownWaitMs?: number | undefined;
  /** How long it may take after SIGTERM, 500 by default; then SIGKILL. */
  readonly termWaitMs?: number | undefined;
  /** When to restart after a crash. */
  readonly restart?: Partial<RestartPolicy> | undefined;
  /** How a plugin that hangs is found and restarted; `false` for not at all. */
  readonly liveness?: Partial<LivenessPolicy> | false | undefined;
  /** Starts plugins at their first call instead of at load; what is wrong with a start is then told to calls. */
  readonly lazyStart?: PerPlugin<boolean | undefined> | undefined;
  /** Stops a plugin after so long without calls; the next call starts it. Never by default. */
  readonly idleStopMs?: PerPlugin<number | undefined> | undefined;
  /** What a plugin may take; an object for all plugins, or a function for each. */
  readonly limits?: LimitOptions | undefined;
  /** How long calls on a run that was replaced may go on, 30 000 by default. */
  readonly drainMs?: number | undefined;
  /** Told about every change of every plugin's phase, at once: starts, ends with why, restarts, rests. Must not throw. */
  readonly onPhase?: ((pluginId: string, phase: Phase) => void) | undefined;
  /** Where this user's hosts keep their sockets, `<tmpdir>/backplane-<uid>` by default. */
  readonly runRoot?: string | undefined;
  /** Ids of plugins that `load` leaves out. */
  readonly disabledPlugins?: readonly string[] | undefined;
  /** Count files that appear after a plugin was loaded as its own, for development. */
  readonly liveFiles?: boolean | undefined;
  /** Which plugins may load. Without it nothing is checked: every plugin that you name runs. */
  readonly signatures?: SignaturePolicy | undefined;
  /**
   * Talk with plugins over mutual TLS, with certificates made for each start. Off by default, as in Grafana: only this
   * user can open the sockets. Plugins on go-plugin and on our SDK can do it; one that cannot does not start.
   */
  readonly autoMtls?: boolean | undefined;
  /** Around every call, outermost first, inside the host's own. */
  readonly middleware?: readonly Middleware[] | undefined;
  /** Plugins that run already, in other containers or on other machines: by id, where to reach them. They are not started or stopped. */
  readonly addresses?: Readonly<Record<string, PluginAddress>> | undefined;
  /**
   * Runs plugins in a sandbox of bubblewrap (Linux), and what it grants them; undefined for no sandbox. A plugin whose sandbox
   * cannot be made does not start.
   */
  readonly sandbox?: PerPlugin<SandboxOptions | undefined> | undefined;
  /**
   * Cgroup of version 2 (Linux) in which the host may make groups: there the kernel keeps `maxMemoryBytes`, besides that memory
   * is measured. By default that of its own systemd unit, when it has `Delegate=memory` and `DelegateSubgroup=`; false for none.
   */
  readonly cgroup?: string | false | undefined;
  /** Starts plugins in another way than as child processes. The host disposes it. */
  readonly launcher?: Launcher | undefined;
}

/** How to load a folder of plugins. */
export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** These plugins come with the program itself: their signature is `internal`, and nothing is checked. */
  readonly isInternal?: boolean | undefined;
  /** These plugins start when they are first called, whatever `lazyStart` of the host says. */
  readonly lazyStart?: boolean | undefined;
}

/** A plugin that could not be loaded. One bad plugin never keeps others from loading. */
export interface PluginProblem {
  /** Absent when plugin.json cannot tell. */
  readonly pluginId?: string | undefined;
  readonly folder: string;
  /** `start` is what Grafana calls a failed backend start. */
  readonly stage: 'discovery' | 'signature' | 'start';
  readonly code: HostErrorCode;
  readonly message: string;
}

/** How a plugin is replaced. */
export interface ReplaceOptions {
  /** Where the new version is, by default where the present one was found. It must have the same id. */
  readonly folder?: string | undefined;
  /**
   * Looks at the new run, beyond that it answers go-plugin's health check, before calls go to it. A rejection keeps
   * the old one.
   */
  readonly check?: ((candidate: PluginClient) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A loaded plugin: its calls, its state, its end. */
export interface PluginHandle extends PluginClient, AsyncDisposable {
  readonly id: string;
  readonly manifest: PluginManifest;
  /** Absolute path of the folder that holds plugin.json. */
  readonly folder: string;
  /** Id of the plugin whose folder this one lies in. */
  readonly parentId: string | undefined;
  /** Paths of the files that it had when it was loaded, relative to `folder`; undefined with `liveFiles`. */
  readonly files: ReadonlySet<string> | undefined;
  /** Ids of plugins that its plugin.json asks for and that are not loaded now. */
  missingDependencies(): readonly string[];
  /** Who vouches for its files. */
  readonly signature: PluginSignature;
  /** Where the supervisor is; `no-backend` for plugins without one. */
  readonly phase: Phase | { readonly kind: 'no-backend' };
  /** The last 50 phases, oldest first, the present one included; empty without a backend. */
  history(): readonly Phase[];
  /** Starts the plugin now if it waits for its next start, and forgets past failures. */
  reset(): void;
  /**
   * Reads its folder anew, starts what is there, and moves calls to it once it is in health; calls under way end on
   * the old run. For upgrades and hot reload: no call fails. What does not work out leaves all as it was.
   *
   * @throws HostError about the folder, `replacement_failed`, `plugin_unavailable` without a backend, or the signal's reason
   */
  replace(options?: ReplaceOptions): Promise<void>;
  /** Last lines that the plugin wrote to standard error, oldest first. */
  stderrTail(): readonly string[];
  /** Calls by kind and outcome since load. */
  callCounts(): readonly CallCounts[];
  /**
   * How often each limit was met, by its name; those never met are absent. `maxConcurrentCalls` counts calls that had to
   * wait, the next two those that were refused, `maxLogLinesPerSecond` lines that were dropped.
   */
  limitHits(): Readonly<Partial<Record<LimitName, number>>>;
  /** Calls under way and waiting now. */
  load(): CallLoad;
  /** Memory and processor time of the plugin and of what it started; undefined while it does not run, and outside of Linux. */
  usage(): Promise<ProcessUsage | undefined>;
}

/** One plugin at one moment, for a console or a log. */
export interface PluginDescription {
  readonly id: string;
  readonly version: string;
  readonly folder: string;
  readonly signature: PluginSignature['state'];
  readonly phase: PluginHandle['phase'];
  readonly load: CallLoad;
  readonly calls: readonly CallCounts[];
  readonly limitHits: Readonly<Partial<Record<LimitName, number>>>;
  readonly usage: ProcessUsage | undefined;
  readonly missingDependencies: readonly string[];
}

/** Something that happened to a plugin. */
export type HostEvent =
  /** It entered another phase; that of an end says why. */
  | { readonly kind: 'phase'; readonly pluginId: string; readonly phase: Phase }
  /** A limit was met, so many times at once. */
  | { readonly kind: 'limited'; readonly pluginId: string; readonly limit: LimitName; readonly times: number };

/**
 * Runs plugins. Disposing it stops all of them in parallel and leaves no process, socket or folder behind.
 */
export interface PluginHost extends AsyncDisposable {
  /**
   * Discovers the plugins below a folder and starts those with a backend, in parallel.
   * What goes wrong with one of them is in `problems()`. Loading a folder again loads what is new in it
   * and what could not be loaded before; plugins that are loaded go on.
   *
   * @throws HostError `plugins_folder_missing`
   */
  load(folder: string, options?: LoadOptions): Promise<void>;
  /**
   * Loads and starts the one plugin in a folder (the one with plugin.json, or with `dist/plugin.json`).
   *
   * @throws HostError about that plugin; it is not in `problems()` then
   */
  launch(folder: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<PluginHandle>;
  /** Loaded plugins, by id. */
  plugins(): readonly PluginHandle[];
  /**
   * By id or alias.
   *
   * @throws HostError `plugin_not_registered`
   */
  plugin(id: string): PluginHandle;
  problems(): readonly PluginProblem[];
  /** All loaded plugins as they are now, by id. */
  describe(): Promise<readonly PluginDescription[]>;
  /**
   * What happens from now on, until the signal or the end of the host. A reader that is far behind misses the oldest.
   */
  events(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterableIterator<HostEvent, undefined>;
}
