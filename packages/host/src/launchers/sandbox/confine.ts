import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { HostError } from '../../errors/index.ts';
import type { Command } from '../command.ts';
import type { SandboxOptions } from './options.ts';

/** What a sandbox is made around. */
export interface Confinement {
  readonly pluginId: string;
  /** Folder of the plugin, to read. */
  readonly folder: string;
  /** Where it makes its socket, to write. */
  readonly socketFolder: string;
  readonly options: SandboxOptions;
}

const defaultMaxTmpBytes = 64 * 2 ** 20;

/** Programs and libraries, where the system has them. Nothing of this is private. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store'];
/** What programs need to find libraries, names of hosts and users, certificates and the time; no keys and no passwords. */
const systemFiles = [
  ...['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'timezone', 'mime.types'],
  ...['passwd', 'group', 'nsswitch.conf', 'hosts', 'host.conf', 'resolv.conf', 'gai.conf', 'services', 'protocols'],
  ...['ca-certificates', 'crypto-policies', 'ssl/certs', 'ssl/openssl.cnf', 'pki/tls/certs', 'pki/ca-trust', 'krb5.conf'],
].map((name) => `/etc/${name}`);

/**
 * Puts a command into a sandbox of bubblewrap: namespaces of its own, no privileges, and a root that holds only what is
 * listed, read-only. Everything in it ends with bubblewrap, and that with this process.
 *
 * @throws HostError `sandbox_unusable`
 */
export function confine(command: Command, confinement: Confinement): Command {
  const { pluginId, options } = confinement;
  const fail = (detail: string) => new HostError('sandbox_unusable', { pluginId, detail });
  if (process.platform !== 'linux') throw fail('bubblewrap runs on Linux only; run the plugin without a sandbox');
  const bubblewrap = findBubblewrap();
  if (bubblewrap === undefined)
    throw fail('bubblewrap is not installed; install it (apt install bubblewrap), or run the plugin without a sandbox');
  for (const path of [...(options.readable ?? []), ...(options.writable ?? [])]) {
    if (!isAbsolute(path)) throw fail(`its path ${path} is not absolute`);
    if (!existsSync(path)) throw fail(`its path ${path} does not exist; make it, or leave it out`);
  }
  return {
    file: bubblewrap,
    args: [...isolation(options), ...files(command, confinement), '--', command.file, ...command.args],
    isSandboxed: true,
  };
}

function isolation({ network }: SandboxOptions): string[] {
  return [
    // A session of its own, so that a signal for the plugin does not hit bubblewrap.
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--disable-userns'],
    ...(network === true ? [] : ['--unshare-net']),
  ];
}

/** Later mounts cover earlier ones: the folder of the plugin stays read-only, whatever is writable around it. */
function files(command: Command, { folder, socketFolder, options }: Confinement): string[] {
  const tmp = (path: string) => ['--size', String(options.maxTmpBytes ?? defaultMaxTmpBytes), '--tmpfs', path];
  const same = (flag: string, paths: readonly string[]) => paths.flatMap((path) => [flag, path, path]);
  return [
    ...same('--ro-bind-try', [...systemFolders, ...systemFiles]),
    ...['--proc', '/proc', '--dev', '/dev', ...tmp('/dev/shm'), '--remount-ro', '/dev', ...tmp('/tmp')],
    ...['--dir', '/run', '--dir', '/var', '--symlink', '../tmp', '/var/tmp'],
    ...same('--ro-bind', [command.file, ...(options.readable ?? [])]),
    ...same('--bind', options.writable ?? []),
    ...same('--ro-bind', [folder]),
    ...same('--bind', [socketFolder]),
    ...['--remount-ro', '/', '--chdir', '/'],
  ];
}

function findBubblewrap(): string | undefined {
  const folders = (process.env.PATH ?? '/usr/bin:/bin').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, 'bwrap')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
