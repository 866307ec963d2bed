import type { PluginManifest } from '@backplane/host';
import { dependencies, extensions, includes, info, signature } from './dto.ts';
import type { ServerPlugin } from './plugin-host.ts';

const flags = ['annotations', 'metrics', 'alerting', 'explore', 'tables', 'logs', 'tracing'] as const;

/** A plugin as the frontend settings show it, under each of its data sources: the manifest, with all that is missing. */
export function toFrontendPlugin(plugin: ServerPlugin): Record<string, unknown> {
  const { id, manifest } = plugin;
  const { raw } = manifest;
  return {
    ...{ id, type: manifest.type, name: manifest.name, info: info(plugin), dependencies: dependencies(manifest) },
    includes: includes(manifest),
    category: manifest.category,
    preload: raw.preload === true,
    backend: manifest.backend,
    routes: routes(manifest),
    skipDataQuery: raw.skipDataQuery === true,
    autoEnabled: manifest.autoEnabled,
    ...Object.fromEntries(flags.map((flag) => [flag, raw[flag] === true])),
    ...(raw.queryOptions !== undefined && { queryOptions: raw.queryOptions }),
    ...(raw.builtIn === true && { builtIn: true }),
    ...(raw.mixed === true && { mixed: true }),
    streaming: raw.streaming === true,
    executable: manifest.executable,
    signature: signature(plugin).signature,
    ...loading(plugin),
    angular: { detected: false },
    multiValueFilterOperators: raw.multiValueFilterOperators === true,
    loadingStrategy: 'script',
    extensions: raw.extensions === undefined ? nullExtensions(manifest) : extensions(manifest),
  };
}

/** An app as the frontend settings show it. */
export function toFrontendApp({ id, manifest }: ServerPlugin): Record<string, unknown> {
  return {
    id,
    path: `public/plugins/${id}/module.js`,
    version: manifest.info.version,
    preload: manifest.raw.preload === true,
    angular: { detected: false },
    loadingStrategy: 'script',
    extensions: extensions(manifest),
    dependencies: dependencies(manifest),
  };
}

/** A panel as the frontend settings show it. */
export function toFrontendPanel(plugin: ServerPlugin): Record<string, unknown> {
  const { id, manifest } = plugin;
  const { raw } = manifest;
  return {
    ...{ id, name: manifest.name, info: info(plugin), hideFromList: raw.hideFromList === true, sort: 100 },
    ...{ skipDataQuery: raw.skipDataQuery === true, state: manifest.state, signature: signature(plugin).signature },
    ...{ ...loading(plugin), angular: { detected: false }, loadingStrategy: 'script' },
  };
}

function loading({ id }: ServerPlugin) {
  return { module: `public/plugins/${id}/module.js`, baseUrl: `public/plugins/${id}` };
}

function nullExtensions(manifest: PluginManifest): Record<string, null> {
  return Object.fromEntries(Object.keys(extensions(manifest)).map((kind) => [kind, null]));
}

/** The proxy table as it was written, with templates, not with what they are filled with. */
function routes({ routes: own }: PluginManifest): unknown {
  if (own.length === 0) return null;
  return own.map(({ path, method, reqRole, reqAction, url, raw }) => ({
    ...{ path, method, reqRole, reqAction, url, urlParams: raw.urlParams ?? null, headers: raw.headers ?? null },
    authType: raw.authType ?? '',
    tokenAuth: tokenAuth(raw.tokenAuth),
    jwtTokenAuth: tokenAuth(raw.jwtTokenAuth),
    body: raw.body ?? null,
  }));
}

function tokenAuth(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return null;
  const { url = '', scopes = null, params = null } = written as Record<string, unknown>;
  return { url, scopes, params };
}
