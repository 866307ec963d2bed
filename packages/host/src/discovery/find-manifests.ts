import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, HostError } from '../errors/index.ts';

/** No plugin has so many; a link to the root of the disk has. */
const maxFolders = 10_000;

/** Folders with a plugin.json below one source folder, outermost first. */
export interface FoundFolders {
  readonly folders: readonly string[];
  readonly failures: readonly { readonly folder: string; readonly error: HostError }[];
}

/**
 * Walks one source folder by Grafana's rules: symlinks are followed (a loop is left), `node_modules` is skipped,
 * and where a folder has a `dist` folder, only that is walked.
 */
export async function findManifestFolders(source: string, pluginsFolder: string): Promise<FoundFolders> {
  const folders: string[] = [];
  const failures: { folder: string; error: HostError }[] = [];
  let seen = 0;
  await walk(source, [await realpath(pluginsFolder)]);
  return { folders, failures };

  async function walk(folder: string, above: readonly string[]): Promise<void> {
    if (++seen > maxFolders) {
      const detail = `there are more than ${maxFolders} folders in it, maybe by a link that leads out`;
      if (seen === maxFolders + 1) failures.push({ folder: source, error: new HostError('folder_unreadable', { folder: source, detail }) });
      return;
    }
    try {
      const real = await realpath(folder);
      if (above.includes(real)) return;
      const names = (await readdir(folder)).sort();
      const inner = await innerFolders(folder, names);
      if (inner.includes('dist')) return await walk(join(folder, 'dist'), [...above, real]);
      if (names.includes('plugin.json')) folders.push(folder);
      for (const name of inner) if (name !== 'node_modules') await walk(join(folder, name), [...above, real]);
    } catch (cause) {
      failures.push({ folder, error: new HostError('folder_unreadable', { folder, detail: describeError(cause) }, { cause }) });
    }
  }
}

/** True when the path is a folder or a symlink to one. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(error.code ?? '')) return undefined;
    throw error;
  });
  return found?.isDirectory() === true;
}

async function innerFolders(folder: string, names: readonly string[]): Promise<string[]> {
  const flags = await Promise.all(names.map((name) => isFolder(join(folder, name))));
  return names.filter((_, index) => flags[index]);
}
