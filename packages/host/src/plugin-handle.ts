import type { PluginClient } from './client/index.ts';
import type { DiscoveredPlugin } from './discovery/index.ts';
import type { HostLogger } from './launchers/index.ts';
import { CallCounter, logFailures, type Middleware, wrapClient } from './middleware/index.ts';
import type { PluginSignature } from './signature/index.ts';
import type { Supervisor } from './supervisor/index.ts';
import type { PluginHandle } from './types.ts';

/** What a handle is made of. */
export interface HandleParts {
  readonly plugin: DiscoveredPlugin;
  readonly signature: PluginSignature;
  readonly client: PluginClient;
  /** Absent for a plugin without a backend. */
  readonly supervisor: Supervisor | undefined;
  readonly identity: { readonly pluginId: string; readonly pluginVersion: string };
  readonly logger: HostLogger;
  /** Of whoever embeds the host; inside the host's own. */
  readonly middleware: readonly Middleware[];
  /** Takes the plugin out of its host. */
  readonly forget: () => void;
}

/** A plugin as its host hands it out. */
export function createHandle(parts: HandleParts): PluginHandle {
  const { plugin, signature, client, supervisor, identity, logger, middleware, forget } = parts;
  const counter = new CallCounter();
  return {
    ...wrapClient(client, identity, [counter.middleware, logFailures(logger), ...middleware]),
    id: plugin.manifest.id,
    manifest: plugin.manifest,
    folder: plugin.folder,
    parentId: plugin.parentId,
    signature,
    get phase() {
      return supervisor?.phase ?? ({ kind: 'no-backend' } as const);
    },
    stderrTail: () => supervisor?.stderrTail() ?? [],
    callCounts: () => counter.counts(),
    async [Symbol.asyncDispose]() {
      try {
        await supervisor?.stop();
      } finally {
        forget();
      }
    },
  };
}
