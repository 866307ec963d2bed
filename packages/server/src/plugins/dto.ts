import type { PluginManifest } from '@backplane/host';
import { logoUrl } from './catalog.ts';
import type { ServerPlugin } from './plugin-host.ts';

/** Whether an app is on, and what is stored for it. */
export interface PluginState {
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** Parsed; null without a stored row. */
  readonly jsonData: unknown;
  readonly secureJsonFields: Readonly<Record<string, true>>;
}

/** An entry of `GET /api/plugins`. Other plugins than apps are always on there. */
export function toListItem(plugin: ServerPlugin, state: PluginState): Record<string, unknown> {
  const { manifest } = plugin;
  const isApp = manifest.type === 'app';
  return {
    name: manifest.name,
    type: manifest.type,
    id: plugin.id,
    enabled: isApp ? state.enabled : true,
    pinned: isApp ? state.pinned : false,
    info: info(plugin),
    dependencies: dependencies(manifest),
    latestVersion: '',
    hasUpdate: false,
    defaultNavUrl: (isApp && state.enabled ? startPage(plugin) : undefined) ?? `/plugins/${plugin.id}/`,
    category: manifest.category,
    state: manifest.state,
    ...signature(plugin),
    angularDetected: false,
  };
}

/** The answer of `GET /api/plugins/:id/settings`. */
export function toSettings(plugin: ServerPlugin, state: PluginState): Record<string, unknown> {
  const { manifest } = plugin;
  return {
    name: manifest.name,
    type: manifest.type,
    id: plugin.id,
    enabled: state.enabled,
    pinned: state.pinned,
    autoEnabled: manifest.autoEnabled,
    module: `public/plugins/${plugin.id}/module.js`,
    baseUrl: `public/plugins/${plugin.id}`,
    info: info(plugin),
    includes: includes(manifest),
    dependencies: dependencies(manifest),
    extensions: extensions(manifest),
    jsonData: state.jsonData,
    secureJsonFields: state.secureJsonFields,
    defaultNavUrl: manifest.type === 'app' ? (startPage(plugin) ?? '') : '',
    latestVersion: '',
    hasUpdate: false,
    state: manifest.state,
    ...signature(plugin),
    angularDetected: false,
    loadingStrategy: 'script',
  };
}

/** In Grafana's words, which know neither a plugin that nobody checked nor a signer that nobody could check. */
export function signature({ signature: found }: ServerPlugin): Record<string, string> {
  if (found.state === 'valid') return { signature: 'valid', signatureType: found.type, signatureOrg: found.org };
  const isTold = found.state !== 'unchecked' && found.state !== 'unverified';
  return { signature: isTold ? found.state : 'unsigned', signatureType: '', signatureOrg: '' };
}

/** What the manifest says of a plugin; for `frontend-dto.ts`, too. */
export function info(plugin: ServerPlugin): Record<string, unknown> {
  const { info: own, raw } = plugin.manifest;
  // The API tells an absent list from an empty one, as null.
  const written = object(raw.info);
  const orNull = <T>(key: string, value: T) => (written[key] === undefined || written[key] === null ? null : value);
  return {
    author: { name: own.author.name, ...filled('email', own.author.email), url: own.author.url },
    description: own.description,
    links: orNull(
      'links',
      own.links.map(({ name, url, target }) => ({ name, url, ...filled('target', target) })),
    ),
    logos: { small: logoUrl(plugin, 'small'), large: logoUrl(plugin, 'large') },
    build: object(written.build),
    screenshots: orNull(
      'screenshots',
      own.screenshots.map(({ name, path }) => ({ name, path: `public/plugins/${plugin.id}/${path}` })),
    ),
    version: own.version,
    updated: own.updated,
    keywords: orNull('keywords', own.keywords),
  };
}

/** What a plugin needs. */
export function dependencies({ dependencies: own, raw }: PluginManifest): Record<string, unknown> {
  const extensionsNeeded = object(object(raw.dependencies).extensions);
  return {
    grafanaDependency: own.grafanaDependency,
    grafanaVersion: own.grafanaVersion,
    plugins: own.plugins,
    extensions: { exposedComponents: array(extensionsNeeded.exposedComponents) },
  };
}

/** What an app adds to others, empty where it says nothing. */
export function extensions({ raw }: PluginManifest): Record<string, unknown> {
  const own = object(raw.extensions);
  const kinds = ['addedLinks', 'addedComponents', 'exposedComponents', 'extensionPoints', 'addedFunctions'];
  return Object.fromEntries(kinds.map((kind) => [kind, array(own[kind])]));
}

/** Pages and dashboards of a plugin, null for none. */
export function includes(manifest: PluginManifest): unknown {
  if (manifest.includes.length === 0) return null;
  return manifest.includes.map((include) => {
    const role = include.role === '' ? 'Viewer' : include.role;
    const action = include.action === '' && manifest.type === 'app' && role === 'Viewer' ? 'plugins.app:access' : include.action;
    return {
      name: include.name,
      path: include.path,
      type: include.type,
      component: include.component,
      role,
      ...filled('action', action),
      addToNav: include.addToNav,
      defaultNav: include.defaultNav,
      slug: slugify(include.name),
      icon: include.icon,
      uid: include.uid,
    };
  });
}

function startPage({ id, manifest }: ServerPlugin): string | undefined {
  const start = manifest.includes.find((include) => include.defaultNav);
  if (start === undefined) return undefined;
  return start.type === 'dashboard' ? `/d/${start.uid}` : `/plugins/${id}/page/${slugify(start.name)}`;
}

function slugify(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function filled(key: string, value: string): Record<string, string> {
  return value === '' ? {} : { [key]: value };
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
