import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import sea from 'node:sea';
import { fileURLToPath } from 'node:url';
import { SdkError } from '../errors.ts';
import { cookie } from './guard.ts';

/** By which an executable that `backplane pack` made is asked to run another program that is in it; its runtime knows it too. */
const programFlag = '--backplane-program=';

/**
 * Starts another program of the plugin as a process: for work that blocks, that has to be killed in the middle, or that
 * must not take the plugin down with it.
 *
 * ```ts
 * const child = spawnProgram(new URL('./engine.ts', import.meta.url), ['some', 'arguments'], { stdio: 'pipe' });
 * ```
 *
 * Write the URL out like that: by it `backplane build` finds the file and makes a script of it and of what it imports, and
 * `backplane pack` puts that into the executable, which then starts itself. The program is a module that serves nothing and
 * finds its arguments from `process.argv[2]` on, however it was started.
 *
 * Options are those of `child_process.spawn`; the environment is that of the plugin unless given, without the variable by
 * which a host says that it started a plugin, so that what the program prints goes where it writes it. Nothing ends the process with the plugin but the caller; after `kill -9` of the
 * plugin it notices by a pipe that ends. It must not inherit stdout, where a host reads the handshake.
 *
 * @throws SdkError `program_missing` when there is no such program
 */
export function spawnProgram(program: URL, args: readonly string[] = [], given: SpawnOptions = {}): ChildProcess {
  const { [cookie]: _cookie, ...env } = process.env;
  const options = { env, ...given };
  if (sea.isSea()) {
    const name = basename(program.pathname);
    if (!sea.getAssetKeys().includes(name)) throw missing(program);
    return spawn(process.execPath, [programFlag + name, ...args], options);
  }
  const source = fileURLToPath(program);
  // A compiled plugin still names its sources.
  const file = [source, source.replace(/\.([cm]?)ts$/, '.$1js')].find((path) => existsSync(path));
  if (file === undefined) throw missing(program);
  const conditions = process.execArgv.filter((flag) => flag.startsWith('--conditions='));
  return spawn(process.execPath, [...conditions, file, ...args], options);
}

function missing({ href }: URL): SdkError {
  const how = `write spawnProgram(new URL('./file.ts', import.meta.url)) so that backplane build sees which file it is`;
  return new SdkError('program_missing', `there is no ${href}; ${how}, and keep the files of its folder together`);
}
