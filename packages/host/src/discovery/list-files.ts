import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors/index.ts';

/** No plugin has so many; a link to the root of the disk has. */
const maxEntries = 100_000;

/**
 * Paths of all files below a folder, relative and with slashes. Links are followed, a loop of them is left, and
 * `node_modules` is skipped. What cannot be read, or goes away meanwhile, is no file.
 *
 * @throws HostError `folder_unreadable` when there are more than 100 000
 */
export async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  let seen = 0;
  await walk('', []);
  return files;

  async function walk(path: string, above: readonly string[]): Promise<void> {
    const real = await realpath(join(folder, path)).catch(() => undefined);
    if (real === undefined || above.includes(real)) return;
    const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (++seen > maxEntries) {
        throw new HostError('folder_unreadable', {
          folder,
          detail: `there are more than ${maxEntries} files in it, maybe by a link that leads out`,
        });
      }
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const found = entry.isSymbolicLink() ? await stat(join(real, entry.name)).catch(() => undefined) : entry;
      if (found?.isFile() === true) files.add(inner);
      else if (found?.isDirectory() === true && entry.name !== 'node_modules') await walk(inner, [...above, real]);
    }
  }
}
