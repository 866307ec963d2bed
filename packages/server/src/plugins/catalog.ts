import type { PluginFace } from '../datasources/index.ts';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';
import type { ServerPlugin, ServerPluginHost } from './plugin-host.ts';

const fallbackLogo = 'public/img/icn-datasource.svg';

/** Looks plugins up, by id or alias. */
export class PluginCatalog {
  readonly #host: ServerPluginHost;

  constructor(host: ServerPluginHost) {
    this.#host = host;
  }

  /** Sorted by name. */
  list(): ServerPlugin[] {
    return [...this.#host.plugins()].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  }

  find(idOrAlias: string): ServerPlugin | undefined {
    const plugins = this.#host.plugins();
    return plugins.find((plugin) => plugin.id === idOrAlias) ?? plugins.find((plugin) => plugin.manifest.aliasIds.includes(idOrAlias));
  }

  /** @throws ServerError with the code that the route wants, `plugin_not_registered` by default */
  get(idOrAlias: string, code: ServerErrorCode = 'plugin_not_registered'): ServerPlugin {
    const plugin = this.find(idOrAlias);
    if (plugin === undefined) throw new ServerError(code, { pluginId: idOrAlias });
    return plugin;
  }

  /** Plugins that could not be loaded. */
  problems(): ReturnType<ServerPluginHost['problems']> {
    return this.#host.problems();
  }

  /** How a plugin shows on its data sources. */
  face(type: string): PluginFace {
    const plugin = this.find(type);
    return { typeName: plugin?.manifest.name ?? '', typeLogoUrl: plugin === undefined ? fallbackLogo : logoUrl(plugin, 'small') };
  }
}

/** Address of a plugin's logo, relative to the root of the server. */
export function logoUrl({ id, manifest }: ServerPlugin, size: 'small' | 'large'): string {
  const path = manifest.info.logos[size];
  return path === '' ? `public/img/icn-${manifest.type}.svg` : `public/plugins/${id}/${path}`;
}
