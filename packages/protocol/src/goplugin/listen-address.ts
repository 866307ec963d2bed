import { closeSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtocolError } from '../errors/index.ts';
import type { ListenAddress } from '../grpc/index.ts';
import type { Environment } from './environment.ts';

const LOOPBACK = '127.0.0.1';
/** Room for a path in `sockaddr_un`, without its closing NUL. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** How a plugin's address is chosen. */
export interface ListenAddressOptions {
  /** TCP instead of a unix socket; by default on Windows alone. */
  readonly tcp?: boolean;
}

/**
 * Chooses where a plugin listens: a unix socket of a fresh name in `PLUGIN_UNIX_SOCKET_DIR` or the folder for
 * temporary files, or the first free port of 127.0.0.1 from `PLUGIN_MIN_PORT` to `PLUGIN_MAX_PORT`.
 *
 * The socket's name is random: a host that lost an earlier process keeps dialling the old name, and nobody may guess it.
 * Nothing is bound yet: `listen` finds the port, and its listener knows which.
 *
 * @throws ProtocolError `socket_path_too_long` or `port_range_invalid`; `listen` then `port_range_exhausted`
 */
export function createPluginListenAddress(
  env: Environment,
  { tcp = process.platform === 'win32' }: ListenAddressOptions = {},
): ListenAddress {
  return tcp ? portRange(env) : socketAddress(env.PLUGIN_UNIX_SOCKET_DIR || tmpdir());
}

function socketAddress(folder: string): ListenAddress {
  const path = join(folder, `plugin${randomName()}`);
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) throw new ProtocolError('socket_path_too_long', { path, bytes, maxBytes: MAX_SOCKET_PATH_BYTES });
  return { network: 'unix', path };
}

/** 128 bits that nobody can guess; from the system itself where it has a file for them, since `node:crypto` takes long to load. */
function randomName(): string {
  const bytes = Buffer.alloc(16);
  try {
    const source = openSync('/dev/urandom', 'r');
    try {
      if (readSync(source, bytes) === bytes.length) return bytes.toString('base64url');
    } finally {
      closeSync(source);
    }
  } catch {
    // Windows, and sandboxes without /dev.
  }
  return process.getBuiltinModule('node:crypto').randomBytes(16).toString('base64url');
}

function portRange(env: Environment): ListenAddress {
  const minPort = parsePort(env, 'PLUGIN_MIN_PORT');
  const maxPort = parsePort(env, 'PLUGIN_MAX_PORT');
  if (minPort > maxPort) {
    const reason = `PLUGIN_MIN_PORT value of ${minPort} is greater than PLUGIN_MAX_PORT value of ${maxPort}`;
    throw new ProtocolError('port_range_invalid', { reason });
  }
  return { network: 'tcp', host: LOOPBACK, port: minPort, lastPort: maxPort };
}

/** Unset means 0, which lets the system choose. */
function parsePort(env: Environment, name: string): number {
  const text = env[name] ?? '';
  const port = Number(text);
  if (!/^\d*$/.test(text) || port > 65_535) {
    throw new ProtocolError('port_range_invalid', { reason: `couldn't get value from ${name}: ${JSON.stringify(text)} is no port` });
  }
  return port;
}
