import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../grpc/index.ts';
import type { Environment } from './environment.ts';
import { parseTcpAddress } from './tcp-address.ts';

/** Where a plugin listens that was not started by its host, in the plugin's folder. */
const ADDRESS_FILE = 'standalone.txt';
/** Its process. */
const PID_FILE = 'pid.txt';
/** For the user alone, as Grafana's SDK writes them. */
const FILE_MODE = 0o600;

/** A TCP address. */
export type TcpAddress = Extract<Address, { network: 'tcp' }>;

/** A plugin that runs by itself, for its author's debugger. */
export interface Standalone {
  readonly address: TcpAddress;
  /** Absent when the address was given by the environment, or by an SDK that writes no pid. */
  readonly pid: number | undefined;
}

/** Where to look for a standalone plugin. */
export interface StandaloneOptions {
  /** The plugin's folder. */
  readonly folder: string;
  readonly pluginId: string;
  readonly env: Environment;
}

/**
 * The address that `GF_PLUGIN_GRPC_ADDRESS_<ID>` names, where the id is in capitals with `_` for `-`.
 *
 * @throws ProtocolError `handshake_address_invalid`
 */
export function standaloneAddress({ pluginId, env }: Omit<StandaloneOptions, 'folder'>): TcpAddress | undefined {
  const address = env[`GF_PLUGIN_GRPC_ADDRESS_${pluginId.toUpperCase().replaceAll('-', '_')}`];
  return address ? parseTcpAddress(address) : undefined;
}

/**
 * Finds the standalone plugin that a host should be led to instead of the one that it starts.
 *
 * @returns undefined when there is none, or when its process is gone and only its files are left
 * @throws ProtocolError `handshake_address_invalid`
 */
export function findStandalone(options: StandaloneOptions): Standalone | undefined {
  const pid = Number(readIfThere(join(options.folder, PID_FILE))) || undefined;
  const given = standaloneAddress(options);
  if (given !== undefined) return { address: given, pid: undefined };
  const written = readIfThere(join(options.folder, ADDRESS_FILE));
  if (written === '' || (pid !== undefined && !isAlive(pid))) return undefined;
  return { address: parseTcpAddress(written), pid };
}

/** Writes where this process listens into the plugin's folder. Disposing removes it, at once, so that it can be done while a process exits. */
export function announceStandalone(folder: string, { host, port }: TcpAddress): Disposable {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  writeFileSync(join(folder, PID_FILE), String(process.pid), { mode: FILE_MODE });
  writeFileSync(join(folder, ADDRESS_FILE), address, { mode: FILE_MODE });
  return {
    [Symbol.dispose]() {
      for (const name of [ADDRESS_FILE, PID_FILE]) rmSync(join(folder, name), { force: true });
    },
  };
}

/** At once: every start of a plugin waits for it, and most find nothing. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
