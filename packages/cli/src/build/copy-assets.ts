import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { PluginManifest } from '@backplane/host';
import type { PluginSource } from './plugin-source.ts';

/** Files that hosts and catalogs read, where the plugin has them; those of the frontend are made by its own build. */
const WELL_KNOWN = ['README.md', 'CHANGELOG.md', 'LICENSE', 'LICENSE.md', 'NOTICE', 'img', 'schema', 'module.js', 'module.js.map'];

/**
 * Copies what belongs to a plugin beside its program: pictures, dashboards, texts, and a frontend that lies beside plugin.json.
 *
 * @returns the paths copied, relative to the output folder
 */
export function copyAssets({ folder, manifestFolder, manifest }: PluginSource, outFolder: string): string[] {
  const names = [...new Set([...WELL_KNOWN, ...namedFiles(manifest)])];
  return names.filter((name) => {
    const from = [manifestFolder, folder].map((place) => join(place, name)).find((file) => existsSync(file));
    const to = join(outFolder, name);
    if (from === undefined || resolve(from) === resolve(to) || isInside(outFolder, from)) return false;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: statSync(from).isDirectory() });
    return true;
  });
}

/** Paths in plugin.json; those that lead out of the folder are nobody's. */
export function namedFiles({ info, includes }: PluginManifest): string[] {
  const paths = [info.logos.small, info.logos.large, ...info.screenshots.map(({ path }) => path), ...includes.map(({ path }) => path)];
  return paths.filter((path) => path !== '' && !/^([a-z]+:|\/)/i.test(path) && !path.split('/').includes('..'));
}

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== '' && !path.startsWith(`..${sep}`) && path !== '..';
}
