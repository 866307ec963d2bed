import type { Channel } from '@backplane/protocol/grpc';
import type { DiscoveredPlugin } from '../discovery/index.ts';

/** How a plugin came to its end. */
export interface PluginEnd {
  /** `exit code 1`, `signal SIGKILL`, `connection lost`, and after a colon what that probably means. */
  readonly why: string;
  /** Last lines of standard error, oldest first; empty for a plugin that is no child of ours. */
  readonly stderrTail: readonly string[];
}

/** What a plugin and the processes that it started take. */
export interface ProcessUsage {
  /** Resident memory. */
  readonly memoryBytes: number;
  /** Processor time since their start. */
  readonly cpuSeconds: number;
}

/**
 * One run of a plugin, from a good start to its end.
 *
 * `ended` tells that no more calls can be made; `gone` tells that nothing is left of it.
 */
export interface RunningPlugin {
  /** Undefined for a plugin that is no child of ours. */
  readonly pid: number | undefined;
  readonly channel: Channel;
  /** Resolves, and never rejects, once the process or the connection has ended, by whatever cause. */
  readonly ended: Promise<void>;
  /** Resolves after `ended`, once process, children, sockets and folder are gone. Rejects with `plugin_not_stopped`. */
  readonly gone: Promise<PluginEnd>;
  stderrTail(): readonly string[];
  /** Asks it to end, then makes it end; resolves with `gone`. A second stop is fine. */
  stop(): Promise<void>;
  /** Ends it at once, without asking; `gone` tells when. */
  kill(): void;
  /** What the plugin and what it started take, undefined where that cannot be known. Never rejects. */
  usage(): Promise<ProcessUsage | undefined>;
}

/** Starts plugins in one way: as child processes, by an address, in a sandbox. */
export interface Launcher extends AsyncDisposable {
  /**
   * Starts a plugin and resolves once it can be called. Leaves nothing behind when it rejects.
   *
   * @throws HostError about the start, or the signal's reason
   */
  launch(plugin: DiscoveredPlugin, options?: { readonly signal?: AbortSignal | undefined }): Promise<RunningPlugin>;
}
