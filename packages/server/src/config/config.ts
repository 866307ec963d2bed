import type { CONFIG_SECTIONS } from './keys.ts';
import type { Kind } from './kinds.ts';
import type { PLUGIN_KEYS } from './plugin-keys.ts';

type Sections = typeof CONFIG_SECTIONS;
type Value<K> = K extends Kind<infer T> ? T : never;

/** Values of all keys in the table of keys, as `config.server.httpPort`. */
type ConfigValues = {
  readonly [S in keyof Sections]: { readonly [K in keyof Sections[S]['keys']]: Value<Sections[S]['keys'][K]> };
};

/** How one plugin is run, as `[backplane.plugin.<id>]` says. */
export type PluginConfig = { readonly [K in keyof typeof PLUGIN_KEYS]: Value<(typeof PLUGIN_KEYS)[K]> };

/** The whole configuration. Paths are absolute. */
export interface Config extends ConfigValues {
  /** Folder that relative paths start from. */
  readonly homePath: string;
  /** The file that was read, if any. */
  readonly configFile: string | undefined;
  /** `[plugin.<id>]` sections by plugin id. */
  readonly pluginSettings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** `[backplane.plugin.<id>]` sections by plugin id. */
  readonly pluginConfigs: Readonly<Record<string, PluginConfig>>;
  /** Keys that are set but not followed, as `[section] key`, for one warning. */
  readonly unusedKeys: readonly string[];
}
