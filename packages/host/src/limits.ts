import type { PluginManifest } from './manifest/index.ts';
import { forPlugin, type PerPlugin } from './per-plugin.ts';

/** What one plugin may take of its host. */
export interface PluginLimits {
  /** Calls under way at a time, streams apart. 1 000 by default. */
  readonly maxConcurrentCalls: number;
  /** Calls that wait for their turn; more are refused as `plugin_overloaded`. 1 000 by default. */
  readonly maxQueuedCalls: number;
  /** Streams (`runStream`) at a time; more are refused as `plugin_overloaded`. 1 000 by default. */
  readonly maxStreams: number;
  /**
   * Longest wait for the answer to a call, turn and restart included, and for each further part of one that comes in parts;
   * then the call is cancelled and fails as `call_timeout`. Streams may be silent for ever. 300 000 by default,
   * Infinity for no limit.
   */
  readonly callTimeoutMs: number;
  /** Largest message of an answer; a larger one fails its call as `resource_exhausted`. 512 MiB by default. */
  readonly maxReplyBytes: number;
  /** Told to the plugin, as `GOMEMLIMIT` and as `--max-old-space-size` in `NODE_OPTIONS`. Nothing by default. */
  readonly softMemoryBytes: number | undefined;
  /**
   * Resident memory of the plugin and what it started (Linux); above it the plugin is restarted. It is measured every two
   * seconds, and kept by the kernel where there is a `cgroup`. Nothing by default.
   */
  readonly maxMemoryBytes: number | undefined;
  /** Lines of log in a second, a long one counting once for each KiB; more are dropped. 1 000 by default. */
  readonly maxLogLinesPerSecond: number;
}

/** A limit that was met is counted under the name of its option. */
export type LimitName = keyof PluginLimits;

/** What holds unless something else is asked for. */
export const defaultLimits: PluginLimits = {
  maxConcurrentCalls: 1_000,
  maxQueuedCalls: 1_000,
  maxStreams: 1_000,
  callTimeoutMs: 300_000,
  maxReplyBytes: 512 * 2 ** 20,
  softMemoryBytes: undefined,
  maxMemoryBytes: undefined,
  maxLogLinesPerSecond: 1_000,
};

/** Limits for all plugins, or for each. */
export type LimitOptions = PerPlugin<Partial<PluginLimits>>;

/** The limits of one plugin. */
export function limitsOf(manifest: PluginManifest, options: LimitOptions = {}): PluginLimits {
  return { ...defaultLimits, ...forPlugin(options, manifest) };
}

/** Counts by plugin how often each limit was met. */
export class LimitCounter {
  readonly #onHit: (pluginId: string, limit: LimitName, times: number) => void;
  readonly #hits = new Map<string, Map<LimitName, number>>();

  constructor(onHit: (pluginId: string, limit: LimitName, times: number) => void) {
    this.#onHit = onHit;
  }

  add(pluginId: string, limit: LimitName, times = 1): void {
    const hits = this.#hits.get(pluginId) ?? new Map<LimitName, number>();
    this.#hits.set(pluginId, hits.set(limit, (hits.get(limit) ?? 0) + times));
    this.#onHit(pluginId, limit, times);
  }

  /** Limits that were met, with how often; dropped lines of log one by one. */
  of(pluginId: string): Readonly<Partial<Record<LimitName, number>>> {
    return Object.fromEntries(this.#hits.get(pluginId) ?? []);
  }
}
