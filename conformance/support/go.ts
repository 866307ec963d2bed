import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { conformanceFolder, repositoryFolder } from './paths.ts';

const run = promisify(execFile);
const sources = join(conformanceFolder, 'go');
const cache = join(repositoryFolder, '.cache', 'go');

/** Programs of conformance/go by name, and the tools that its go.mod names. */
export type GoProgram =
  | 'acme-ref-app'
  | 'acme-ref-datasource'
  | 'acme-ref-min-datasource'
  | 'bench-datasource'
  | 'bench-whole-datasource'
  | 'conformance-datasource'
  | 'framebench'
  | 'golden'
  | 'goldenjson'
  | 'graceful-server'
  | 'h2spec'
  | 'h2specd'
  | 'hostprobe'
  | 'hpack'
  | 'interop-datasource'
  | 'objects-datasource'
  | 'reshape'
  | 'sdk-answers'
  | 'sniffer'
  | 'strict-datasource';

/** Where the built programs are, or why there are none. */
export type GoBuild = { readonly folder: string } | { readonly missing: string };

/**
 * Builds the programs of conformance/go, once per state of their sources for all processes.
 *
 * @returns the folder of the executables, or the reason when this machine has no Go
 * @throws Error with the compiler's output when Go is there and the build fails
 */
export async function buildGo(): Promise<GoBuild> {
  const version = await run('go', ['version']).catch((error: NodeJS.ErrnoException) => error);
  if (version instanceof Error) return { missing: `no Go toolchain: ${version.message}` };
  const hash = createHash('sha256').update(version.stdout);
  for (const file of await sourceFiles(sources)) hash.update(`${relative(sources, file)}\0`).update(await readFile(file));
  const key = hash.digest('hex').slice(0, 16);
  const folder = join(cache, key);
  if (await isBuilt(folder)) return { folder };
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, `${key}.lock`), async () => {
    if (await isBuilt(folder)) return;
    await compile(folder);
    await removeOthers(key);
  });
  return { folder };
}

/** Path of a built program. @throws Error when Go is missing: callers that can skip ask `buildGo` first. */
export async function goProgram(name: GoProgram): Promise<string> {
  const build = await buildGo();
  if ('missing' in build) throw new Error(build.missing);
  return join(build.folder, executable(name));
}

/**
 * Options for a test that needs Go: `test(name, await needsGo(), …)`.
 *
 * Without Go the test is skipped with the reason, except where CI=true: there it runs, and fails for want of Go.
 */
export async function needsGo(): Promise<{ skip?: string }> {
  const build = await buildGo();
  if (!('missing' in build) || process.env.CI === 'true') return {};
  return { skip: build.missing };
}

const PLUGIN_EXECUTABLES = {
  'acme-ref-datasource': 'gpx_acme_ref',
  'acme-ref-app': 'gpx_acme_ref_app',
  'acme-ref-min-datasource': 'gpx_acme_ref_min',
  'conformance-datasource': 'gpx_conformance',
} as const;

/** Plugins that cannot run, on purpose; the second one gets an executable that exits at once. */
const BROKEN = ['acme-ref-noexec-datasource', 'acme-ref-crash-datasource', 'acme-ref-forbidden-panel', 'acme-ref-badjson-panel'] as const;
type PluginFolder = keyof typeof PLUGIN_EXECUTABLES | (typeof BROKEN)[number];

/** Plugin folders that a server of the recordings has. */
export const RECORDED_PLUGINS: readonly PluginFolder[] = ['acme-ref-datasource', 'acme-ref-app', 'acme-ref-min-datasource', ...BROKEN];

/** Fills `destination` with whole plugin folders, executables included, ready to be a host's plugins folder. */
export async function fillPluginsFolder(destination: string, ids: readonly PluginFolder[]): Promise<void> {
  for (const id of ids) {
    const folder = join(destination, id);
    await cp(join(sources, 'plugins', id), folder, { recursive: true });
    if (id in PLUGIN_EXECUTABLES) {
      const name = PLUGIN_EXECUTABLES[id as keyof typeof PLUGIN_EXECUTABLES];
      await cp(await goProgram(id as GoProgram), join(folder, `${name}_${goPlatform()}`));
    }
    if (id === 'acme-ref-crash-datasource') {
      const file = join(folder, `gpx_acme_ref_crash_${goPlatform()}`);
      await writeFile(file, '#!/bin/sh\necho "acme: leaving at once" >&2\nexit 3\n');
      await chmod(file, 0o755);
    }
  }
}

/** `<os>_<arch>` as Go names them, the end of a plugin's executable. */
export function goPlatform(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  return `${os}_${arch}`;
}

const executable = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

async function isBuilt(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.includes(executable('hostprobe'));
}

async function compile(folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  console.error('Building the Go programs of conformance/go (once, about a minute) …');
  try {
    const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, './cmd/...', 'tool'];
    await run('go', args, { cwd: sources, env: { ...process.env, CGO_ENABLED: '0' } });
    await rename(unfinished, folder).catch(async (error) => {
      if (!(await isBuilt(folder))) throw error;
    });
  } catch (error) {
    throw new Error(`conformance/go does not build: ${(error as { stderr?: string }).stderr ?? error}`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Builds of older sources are of no use any more, and 200 MB each. */
async function removeOthers(key: string): Promise<void> {
  for (const name of await readdir(cache)) if (!name.startsWith(key)) await rm(join(cache, name), { recursive: true, force: true });
}

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && (/\.go$/.test(entry.name) || /^go\.(mod|sum)$/.test(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
