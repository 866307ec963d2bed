import type { PluginClient } from './client/index.ts';
import type { DiscoveredPlugin } from './discovery/index.ts';
import type { HostLogger } from './launchers/index.ts';
import type { LimitCounter, PluginLimits } from './limits.ts';
import {
  CallCounter,
  type CallLimiter,
  limitCalls,
  limitTime,
  logFailures,
  type Middleware,
  noticeLargeReplies,
  wrapClient,
} from './middleware/index.ts';
import type { PluginSignature } from './signature/index.ts';
import type { Supervisor } from './supervisor/index.ts';
import type { PluginHandle, ReplaceOptions } from './types.ts';

/** What a handle is made of. */
export interface HandleParts {
  readonly plugin: DiscoveredPlugin;
  readonly signature: () => PluginSignature;
  /** Count every file in the folder as the plugin's. */
  readonly liveFiles: boolean;
  /** Tells whether another plugin is loaded, by id or alias. */
  readonly isLoaded: (id: string) => boolean;
  readonly client: PluginClient;
  /** Absent for a plugin without a backend. */
  readonly supervisor: Supervisor | undefined;
  /** Its version changes with a replacement. */
  readonly identity: { readonly pluginId: string; readonly pluginVersion: string };
  readonly logger: HostLogger;
  readonly limits: PluginLimits;
  readonly limitCounter: LimitCounter;
  /** Of whoever embeds the host; inside the host's own. */
  readonly middleware: readonly Middleware[];
  /** Puts what a folder holds now in its place. */
  readonly replace: (options: ReplaceOptions) => Promise<void>;
  /** Takes the plugin out of its host. */
  readonly forget: () => void;
}

/** A plugin as its host hands it out. */
export function createHandle(parts: HandleParts): PluginHandle {
  const { signature, liveFiles, isLoaded, client, supervisor, identity, logger, middleware, replace, forget } = parts;
  const present = () => supervisor?.plugin ?? parts.plugin;
  const counter = new CallCounter();
  const { id } = parts.plugin.manifest;
  const limiter = limitCalls(parts.limits, (limit) => parts.limitCounter.add(id, limit));
  return {
    ...wrapClient(client, identity, [counter.middleware, logFailures(logger), ...middleware, ...limitMiddleware(parts, limiter)]),
    id,
    get manifest() {
      return present().manifest;
    },
    get folder() {
      return present().folder;
    },
    parentId: parts.plugin.parentId,
    get signature() {
      return signature();
    },
    get files() {
      return liveFiles ? undefined : present().files;
    },
    missingDependencies: () =>
      present()
        .manifest.dependencies.plugins.map(({ id }) => id)
        .filter((id) => !isLoaded(id)),
    get phase() {
      return supervisor?.phase ?? ({ kind: 'no-backend' } as const);
    },
    history: () => supervisor?.history() ?? [],
    reset: () => supervisor?.reset(),
    replace: (options = {}) => replace(options),
    stderrTail: () => supervisor?.stderrTail() ?? [],
    callCounts: () => counter.counts(),
    limitHits: () => parts.limitCounter.of(id),
    load: () => limiter.load(),
    usage: async () => await supervisor?.usage(),
    async [Symbol.asyncDispose]() {
      try {
        await supervisor?.stop();
      } finally {
        forget();
      }
    },
  };
}

/** Innermost, so that a call that never leaves the host takes no place. The wait for a place is part of the time. */
function limitMiddleware({ plugin, limits, limitCounter }: HandleParts, limiter: CallLimiter): Middleware[] {
  const { id } = plugin.manifest;
  return [
    noticeLargeReplies(() => limitCounter.add(id, 'maxReplyBytes')),
    limitTime(limits.callTimeoutMs, () => limitCounter.add(id, 'callTimeoutMs')),
    limiter.middleware,
  ];
}
