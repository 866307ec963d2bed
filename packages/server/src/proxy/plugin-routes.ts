import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sliceJson } from '../json/index.ts';
import type { ServerPlugin } from '../plugins/index.ts';
import { type RouteSettings, readRoute } from './route-settings.ts';

/** Routes of plugins, read once for each version of a plugin that is loaded. */
export class PluginRoutes {
  readonly #known = new WeakMap<ServerPlugin['manifest'], readonly RouteSettings[]>();

  of({ manifest, folder }: ServerPlugin): readonly RouteSettings[] {
    const known = this.#known.get(manifest);
    if (known !== undefined) return known;
    const hasBody = manifest.routes.some(({ raw }) => raw.body !== undefined && raw.body !== null);
    const text = hasBody ? readManifest(folder) : undefined;
    const routes = manifest.routes.map((route, index) => readRoute(route, bodyOf(route.raw.body, index, text)));
    this.#known.set(manifest, routes);
    return routes;
  }
}

/** A body is sent with the blanks that plugin.json has in it. When the file is gone, without. */
function bodyOf(body: unknown, index: number, text: string | undefined): string | undefined {
  if (body === undefined || body === null) return undefined;
  return (text === undefined ? undefined : sliceJson(text, ['routes', index, 'body'])) ?? JSON.stringify(body);
}

function readManifest(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'plugin.json'), 'utf8');
  } catch {
    return undefined; // it was there when the plugin was loaded; the parsed form does as well
  }
}
