import { type Dirent, realpathSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { announceStandalone, findStandalone, formatHandshake, type Standalone, standaloneAddress } from '@backplane/protocol/goplugin';
import type { GrpcServer } from '@backplane/protocol/grpc';
import { SdkError } from '../errors.ts';
import type { Logger } from '../log/index.ts';
import { cookie } from './guard.ts';
import { watchHost } from './watch-host.ts';

/** How often a locator looks whether the plugin that it leads to is still there. */
const LOOK_INTERVAL_MS = 500;

/** The file that this process runs: the plugin's entry, or the executable that holds it. */
const mainFile = process.argv[1] ?? process.execPath;

/** True when somebody started the plugin for a debugger, by the flag that plugins in Go have. */
export function isStandalone(): boolean {
  return process.argv.slice(2).some((argument) => argument === '-standalone' || argument === '--standalone');
}

/** A plugin that serves by itself. */
export interface StandaloneParts {
  readonly pluginId: string;
  readonly server: GrpcServer;
  readonly stop: (reason: string) => void;
  readonly log: Logger;
}

/**
 * Serves without a host, so that a debugger can start the plugin. A host that starts it as well is led here by the files
 * that this process leaves in the plugin's folder; the instance that already runs there is asked to end, so that it is
 * started again. The address is `GF_PLUGIN_GRPC_ADDRESS_<ID>`, or any free port of 127.0.0.1.
 *
 * @throws SdkError `folder_not_found`
 */
export async function serveStandalone({ pluginId, server, stop, log }: StandaloneParts): Promise<void> {
  const folder = await findPluginFolder(pluginId, process.cwd());
  const wanted = standaloneAddress({ pluginId, env: process.env }) ?? { network: 'tcp', host: '127.0.0.1', port: 0 };
  const { address } = await server.listen(wanted);
  if (address.network !== 'tcp') return;
  const files = announceStandalone(folder, address);
  process.on('exit', () => files[Symbol.dispose]());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  const ended = await endInstances();
  log.info('The plugin runs by itself, until Ctrl-C', {
    pluginId,
    folder,
    address: `${address.host}:${address.port}`,
    endedInstances: ended,
  });
}

/** The standalone plugin that this process, which a host started, is to lead to. */
export function findLeader(pluginId: string): Standalone | undefined {
  return findStandalone({ folder: dirname(mainFile), pluginId, env: process.env });
}

/** Leads the host to a standalone plugin, and ends with it: the host then starts the plugin anew. */
export function leadTo(pluginId: string, leader: Standalone, write: (line: string) => void): void {
  process.on('SIGINT', () => {});
  write(formatHandshake(leader));
  const look = (): void => {
    const now = findLeader(pluginId);
    if (now?.address.port !== leader.address.port || now.pid !== leader.pid) process.exit(0);
  };
  setInterval(look, LOOK_INTERVAL_MS);
  watchHost({ signal: new AbortController().signal, onGone: () => process.exit(0) });
}

/** The folder whose plugin.json has the id: below `dist` where that exists, below the working folder otherwise. */
async function findPluginFolder(pluginId: string, workingFolder: string): Promise<string> {
  const top = basename(workingFolder) === 'pkg' ? dirname(workingFolder) : workingFolder;
  for (const folder of [join(top, 'dist'), top]) {
    const found = await findBelow(folder, pluginId);
    if (found !== undefined) return found;
  }
  throw new SdkError('folder_not_found', `no plugin.json with the id ${pluginId} below ${top}; start -standalone in the plugin's folder`);
}

async function findBelow(folder: string, pluginId: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  if (entries.some(({ name }) => name === 'plugin.json') && (await idOf(join(folder, 'plugin.json'))) === pluginId) return folder;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const found = await findBelow(join(folder, entry.name), pluginId);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function idOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')).id;
  } catch {
    return undefined; // somebody else's, or half written
  }
}

/** Asks the instances of hosts to end that run the same file. Linux tells who they are; elsewhere they are ended by hand. */
async function endInstances(): Promise<number> {
  const file = realpathSync(mainFile);
  const pids = (await readdir('/proc').catch((): string[] => [])).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const instances = await Promise.all(pids.map(async (pid) => ((await isInstance(pid, file)) ? pid : undefined)));
  const found = instances.filter((pid) => pid !== undefined);
  for (const pid of found) endProcess(pid);
  return found.length;
}

async function isInstance(pid: number, file: string): Promise<boolean> {
  // What belongs to other users cannot be read, and what has just ended is not there.
  const [words, variables] = await Promise.all(
    ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  const runsFile = words?.split('\0').some((word) => word === mainFile || word === file) === true;
  return runsFile && variables?.split('\0').some((variable) => variable.startsWith(`${cookie}=`)) === true;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
