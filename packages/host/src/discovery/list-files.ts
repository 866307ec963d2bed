import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Paths of all files below a folder, relative and with slashes. Links are followed, a loop of them is left, and
 * `node_modules` is skipped. What cannot be read, or goes away meanwhile, is no file.
 */
export async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  await walk('', []);
  return files;

  async function walk(path: string, above: readonly string[]): Promise<void> {
    const real = await realpath(join(folder, path)).catch(() => undefined);
    if (real === undefined || above.includes(real)) return;
    const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const found = entry.isSymbolicLink() ? await stat(join(real, entry.name)).catch(() => undefined) : entry;
      if (found?.isFile() === true) files.add(inner);
      else if (found?.isDirectory() === true && entry.name !== 'node_modules') await walk(inner, [...above, real]);
    }
  }
}
