import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../support/lock.ts';
import { repositoryFolder } from '../support/paths.ts';

/** What `npm ci` reads. */
const MANIFEST = ['.npmrc', 'package.json', 'package-lock.json', 'grafana-ui'] as const;
const cache = join(repositoryFolder, '.cache', 'clients');

/**
 * Installs the packages of this folder's lockfile by `npm ci`, once per state of it for all processes.
 *
 * @returns their `node_modules`
 * @throws Error with npm's output when they cannot be had, as without a registry
 */
export async function installClients(): Promise<string> {
  const key = await stateOfManifest();
  const folder = join(cache, key);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    await withLock(join(cache, `${key}.lock`), async () => {
      if (existsSync(folder)) return;
      await install(`${folder}.unfinished`);
      await rename(`${folder}.unfinished`, folder);
      for (const name of await readdir(cache)) if (!name.startsWith(key)) await rm(join(cache, name), { recursive: true, force: true });
    });
  }
  return join(folder, 'node_modules');
}

/**
 * Options for a test that needs them: `test(name, await needsClients(), …)`.
 *
 * Where they cannot be installed the test is skipped with the reason; with CI=true it runs, and fails for want of them.
 */
export async function needsClients(): Promise<{ skip?: string }> {
  try {
    await installClients();
  } catch (error) {
    if (process.env.CI !== 'true') return { skip: `Grafana's client libraries cannot be installed: ${(error as Error).message}` };
  }
  return {};
}

async function install(folder: string): Promise<void> {
  console.error('Installing the genuine clients of conformance/clients (once, less than a minute) …');
  await rm(folder, { recursive: true, force: true });
  for (const name of MANIFEST) await cp(join(import.meta.dirname, name), join(folder, name), { recursive: true });
  await promisify(execFile)('npm', ['ci', '--loglevel=error'], { cwd: folder });
}

async function stateOfManifest(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of MANIFEST) {
    const path = join(import.meta.dirname, name);
    const files = name.startsWith('grafana-ui') ? (await readdir(path)).sort().map((file) => join(path, file)) : [path];
    for (const file of files) hash.update(await readFile(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
