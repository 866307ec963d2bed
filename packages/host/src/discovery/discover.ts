import { readdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { describeError, HostError, isHostError } from '../errors/index.ts';
import { type PluginManifest, parseManifest, readWholeFile } from '../manifest/index.ts';
import { completeManifest } from './complete-manifest.ts';
import { findManifestFolders, isFolder } from './find-manifests.ts';
import { listFiles } from './list-files.ts';
import type { DiscoveredPlugin, Discovery, DiscoveryFailure } from './types.ts';

/**
 * Finds the plugins below a plugins folder, sorted by source folder. One bad plugin never hides another.
 *
 * @param takenIds ids of plugins that are loaded already, each with its folder; they are left out
 * @throws HostError `plugins_folder_missing`, `folder_unreadable` about the plugins folder itself
 */
export async function discoverPlugins(pluginsFolder: string, takenIds: ReadonlyMap<string, string> = new Map()): Promise<Discovery> {
  const root = resolve(pluginsFolder);
  if (!(await isFolder(root))) throw new HostError('plugins_folder_missing', { folder: root });
  const plugins: DiscoveredPlugin[] = [];
  const failures: DiscoveryFailure[] = [];
  const folderOfId = new Map(takenIds);
  for (const source of await sourceFolders(root)) {
    const found = await discoverSource(source, root);
    failures.push(...found.failures);
    for (const plugin of found.plugins) {
      const pluginId = plugin.manifest.id;
      const firstFolder = folderOfId.get(pluginId);
      if (firstFolder === undefined) {
        folderOfId.set(pluginId, plugin.folder);
        plugins.push(plugin);
      } else if (firstFolder !== plugin.folder) {
        const error = new HostError('plugin_duplicate', { pluginId, folder: plugin.folder, firstFolder });
        failures.push({ folder: plugin.folder, pluginId, error });
      }
    }
  }
  return { plugins, failures };
}

/**
 * Reads the one plugin in a folder: from `dist/plugin.json` when there is one, else from `plugin.json`.
 *
 * @throws HostError `plugin_folder_missing`, `manifest_missing`, or what is wrong with plugin.json
 */
export async function discoverPlugin(pluginFolder: string): Promise<DiscoveredPlugin> {
  const given = resolve(pluginFolder);
  if (!(await isFolder(given))) throw new HostError('plugin_folder_missing', { folder: given });
  for (const folder of [join(given, 'dist'), given]) {
    const manifest = await readManifest(folder).catch((error: unknown) => {
      if (isHostError(error, 'manifest_missing')) return undefined;
      throw error;
    });
    if (manifest === undefined) continue;
    const rootFolder = await outermostPluginFolder(given);
    return { manifest: completeManifest(manifest, undefined), folder, rootFolder, parentId: undefined, files: await listFiles(folder) };
  }
  throw new HostError('manifest_missing', { folder: given });
}

async function sourceFolders(root: string): Promise<string[]> {
  const names = await readdir(root).catch((cause: unknown) => {
    throw new HostError('folder_unreadable', { folder: root, detail: describeError(cause) }, { cause });
  });
  const paths = names
    .filter((name) => name !== 'node_modules')
    .sort()
    .map((name) => join(root, name));
  const flags = await Promise.all(paths.map(isFolder));
  return paths.filter((_, index) => flags[index]);
}

async function discoverSource(source: string, root: string): Promise<{ plugins: DiscoveredPlugin[]; failures: DiscoveryFailure[] }> {
  const found = await findManifestFolders(source, root);
  const failures: DiscoveryFailure[] = found.failures.map((failure) => ({ ...failure, pluginId: undefined }));
  const plugins: DiscoveredPlugin[] = [];
  for (const folder of found.folders) {
    try {
      const parent = plugins.findLast((other) => folder.startsWith(other.folder + sep));
      const manifest = completeManifest(await readManifest(folder), parent?.manifest);
      plugins.push({ manifest, folder, rootFolder: source, parentId: parent?.manifest.id, files: await listFiles(folder) });
    } catch (error) {
      if (!isHostError(error)) throw error;
      const pluginId = 'pluginId' in error.facts ? error.facts.pluginId : undefined;
      failures.push({ folder, pluginId, error });
    }
  }
  return { plugins, failures };
}

/** Those of Grafana's own plugins have less than 100 KiB. */
const maxManifestBytes = 8 * 2 ** 20;

async function readManifest(folder: string): Promise<PluginManifest> {
  const file = join(folder, 'plugin.json');
  const text = await readWholeFile(file, maxManifestBytes).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') throw new HostError('manifest_missing', { folder }, { cause });
    throw new HostError('manifest_unreadable', { file, detail: describeError(cause) }, { cause });
  });
  return parseManifest(text, file);
}

/** A nested plugin may share the executable of the app around it, so its root is the outermost folder with a plugin.json. */
async function outermostPluginFolder(folder: string): Promise<string> {
  let outermost = folder;
  let current = folder;
  for (let depth = 0; depth < 4; depth++) {
    current = dirname(current);
    if ((await readdir(current).catch((): string[] => [])).includes('plugin.json')) outermost = current;
  }
  return outermost;
}
