import { access, constants, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { HostError } from '../errors/index.ts';
import { type Machine, readProgramFormat, runsOn, thisMachine } from './architecture.ts';
import type { DiscoveredPlugin, Program } from './types.ts';

/**
 * Finds what to run for a plugin with a backend: `<executable>_<os>_<arch>` (`.exe` on Windows), else
 * `<executable>.js` or `.ts`. It is asked again before each start, since a build may have replaced the file.
 *
 * @throws HostError `executable_…`
 */
export async function resolveProgram(plugin: DiscoveredPlugin, machine: Machine = thisMachine()): Promise<Program> {
  const pluginId = plugin.manifest.id;
  const { executable } = plugin.manifest;
  if (executable === '') throw new HostError('executable_undeclared', { pluginId, file: join(plugin.folder, 'plugin.json') });
  const prefix = resolve(plugin.folder, executable);
  // Dots of a nested plugin may lead to the app around it, and no further.
  if (!prefix.startsWith(plugin.rootFolder + sep)) {
    throw new HostError('executable_outside', { pluginId, executable, rootFolder: plugin.rootFolder });
  }
  const native = `${prefix}_${machine.os}_${machine.arch}${machine.os === 'windows' ? '.exe' : ''}`;
  if (await isFile(native)) {
    await assertRuns(native, pluginId, machine);
    return { kind: 'native', file: native };
  }
  const entries = [`${prefix}.js`, `${prefix}.ts`];
  for (const file of entries) if (await isFile(file)) return { kind: 'node', file };
  throw new HostError('executable_missing', {
    pluginId,
    folder: plugin.folder,
    expected: [native, ...entries].map((file) => relative(plugin.folder, file)),
    present: await otherBuilds(prefix),
  });
}

async function assertRuns(file: string, pluginId: string, machine: Machine): Promise<void> {
  const { mode } = await stat(file);
  await access(file, constants.X_OK).catch((cause: unknown) => {
    throw new HostError('executable_not_permitted', { pluginId, file, mode: (mode & 0o7777).toString(8).padStart(4, '0') }, { cause });
  });
  // A file that may be executed but not read is fine; then the system has the last word.
  const format = await readProgramFormat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') return undefined;
    throw error;
  });
  if (format === undefined || runsOn(format, machine)) return;
  if (format.kind !== 'native') throw new HostError('executable_not_program', { pluginId, file });
  const found = `${format.os} ${format.archs.join(' and ')}`;
  throw new HostError('executable_wrong_architecture', { pluginId, file, found, machine: `${machine.os} ${machine.arch}` });
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found?.isFile() === true;
}

/** Builds for other machines, which explain a missing one. */
async function otherBuilds(prefix: string): Promise<string[]> {
  const names = await readdir(dirname(prefix)).catch((): string[] => []);
  return names.filter((name) => name.startsWith(`${basename(prefix)}_`)).sort();
}
