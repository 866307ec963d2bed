/** Kinds of plugin that a host loads. */
export type PluginType = 'app' | 'datasource' | 'panel';

/** Who made the plugin, its pictures and its version. */
export interface PluginInfo {
  readonly description: string;
  readonly author: { readonly name: string; readonly email: string; readonly url: string };
  readonly keywords: readonly string[];
  readonly links: readonly { readonly name: string; readonly url: string; readonly target: string }[];
  /** Paths relative to the plugin's folder, or empty. */
  readonly logos: { readonly small: string; readonly large: string };
  readonly screenshots: readonly { readonly name: string; readonly path: string }[];
  readonly updated: string;
  readonly version: string;
}

/** What the plugin needs. */
export interface PluginDependencies {
  /** Semver range; empty when not given. */
  readonly grafanaDependency: string;
  /** The older field, `*` when not given. */
  readonly grafanaVersion: string;
  readonly plugins: readonly { readonly id: string; readonly type: string; readonly name: string }[];
}

/** A page, dashboard, panel or data source that comes with the plugin. */
export interface PluginInclude {
  readonly type: string;
  readonly name: string;
  readonly uid: string;
  readonly path: string;
  readonly component: string;
  readonly role: string;
  readonly action: string;
  readonly icon: string;
  readonly addToNav: boolean;
  readonly defaultNav: boolean;
}

/** One row of the proxy table; templates are kept as text. */
export interface PluginRoute {
  readonly path: string;
  readonly method: string;
  readonly url: string;
  readonly reqRole: string;
  readonly reqAction: string;
  /** The row as written, with headers, parameters, body and token settings. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A plugin.json that was read. Only what the host uses is typed; the API shows the rest from `raw`. */
export interface PluginManifest {
  readonly id: string;
  readonly aliasIds: readonly string[];
  readonly type: PluginType;
  readonly name: string;
  readonly backend: boolean;
  /** Path prefix of the executable, relative to the plugin's folder; empty when not given. */
  readonly executable: string;
  readonly autoEnabled: boolean;
  readonly category: string;
  readonly state: string;
  readonly info: PluginInfo;
  readonly dependencies: PluginDependencies;
  readonly includes: readonly PluginInclude[];
  readonly routes: readonly PluginRoute[];
  /** The whole plugin.json as it was written. */
  readonly raw: Readonly<Record<string, unknown>>;
}
