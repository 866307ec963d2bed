import type { HostError } from '../errors/index.ts';
import type { PluginManifest } from '../manifest/index.ts';

/** A plugin found on disk, not yet started. */
export interface DiscoveredPlugin {
  readonly manifest: PluginManifest;
  /** Absolute path of the folder that holds plugin.json. */
  readonly folder: string;
  /** Folder that the executable may not leave: the one directly inside the plugins folder. */
  readonly rootFolder: string;
  /** Id of the plugin whose folder this one lies in. */
  readonly parentId: string | undefined;
  /** Paths of its files when it was discovered, relative to `folder` and with slashes. */
  readonly files: ReadonlySet<string>;
}

/** A folder whose plugin cannot be used. */
export interface DiscoveryFailure {
  readonly folder: string;
  readonly pluginId: string | undefined;
  readonly error: HostError;
}

/** All that a plugins folder holds. */
export interface Discovery {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly failures: readonly DiscoveryFailure[];
}

/** What to run, and how. */
export type Program =
  | { readonly kind: 'native'; readonly file: string }
  /** A JavaScript or TypeScript file, run by the host's own Node. */
  | { readonly kind: 'node'; readonly file: string };
