import { sep } from 'node:path';
import type { PluginFace } from '../datasources/index.ts';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';
import type { ServerPlugin, ServerPluginHost } from './plugin-host.ts';

const fallbackLogo = 'public/img/icn-datasource.svg';

/** Looks plugins up, by id or alias. */
export class PluginCatalog {
  readonly #host: ServerPluginHost;
  readonly #coreFolder: string | undefined;

  constructor(host: ServerPluginHost, coreFolder?: string | undefined) {
    this.#host = host;
    this.#coreFolder = coreFolder;
  }

  /** Whether a plugin ships with Backplane. */
  isCore({ folder }: ServerPlugin): boolean {
    return this.#coreFolder !== undefined && folder.startsWith(this.#coreFolder + sep);
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
