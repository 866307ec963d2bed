import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { goPlatform } from './go.ts';
import { withLock } from './lock.ts';
import { repositoryFolder } from './paths.ts';

const cache = join(repositoryFolder, '.cache', 'built-plugins');
const SOURCES = ['packages/cli/src', 'packages/frames/src', 'packages/protocol/src', 'packages/sdk/src', 'package-lock.json'];

/** A plugin as `backplane pack` makes it. */
export interface PackedPlugin {
  readonly folder: string;
  /** The script, which a Node runs. */
  readonly bundle: string;
  /** The program that needs no Node; the file that Grafana starts. */
  readonly executable: string;
}

/**
 * Packs a plugin with the command that its author would use, once per state of the sources for all processes.
 *
 * @param name of its executable in plugin.json
 * @throws Error with what the command said
 */
export async function packPlugin(source: string, name: string): Promise<PackedPlugin> {
  const key = `${name}-${await stateOf([...SOURCES.map((path) => join(repositoryFolder, path)), source])}`;
  const folder = join(cache, key);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    await withLock(join(cache, `${key}.lock`), async () => {
      if (existsSync(folder)) return;
      for (const old of await readdir(cache))
        if (old.startsWith(`${name}-`) && !old.startsWith(key)) await rm(join(cache, old), { recursive: true });
      await pack(source, `${folder}.unfinished`);
      await rename(`${folder}.unfinished`, folder);
    });
  }
  return { folder, bundle: join(folder, `${name}.js`), executable: join(folder, `${name}_${goPlatform()}`) };
}

async function pack(source: string, out: string): Promise<void> {
  const main = join(repositoryFolder, 'packages', 'cli', 'src', 'main.ts');
  const args = ['--conditions=backplane:source', main, 'pack', source, '--out', out, '--skip-zip'];
  await rm(out, { recursive: true, force: true });
  await promisify(execFile)(process.execPath, args).catch((error: Error & { stderr?: string }) => {
    throw new Error(`backplane pack ${source} failed: ${error.stderr ?? error.message}`, { cause: error });
  });
}

async function stateOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) {
    const files = path.endsWith('.json') ? [path] : await filesBelow(path);
    for (const file of files) hash.update(`${relative(repositoryFolder, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes('.test.') && !entry.parentPath.includes('/dist'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}
