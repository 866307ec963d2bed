import { chmod, chown, readFile } from 'node:fs/promises';
import { ProtocolError } from '../errors/index.ts';
import type { Address } from '../grpc/index.ts';
import type { Environment } from './environment.ts';

/** Owner and group may connect, nobody else. */
const SHARED_MODE = 0o660;
const GROUPS_FILE = '/etc/group';

/**
 * Lets the group that the host names in `PLUGIN_UNIX_SOCKET_GROUP`, by name or number, connect to a plugin's socket.
 * For hosts that run plugins as another user. Call it between `listen` and the handshake.
 *
 * @throws ProtocolError `socket_group_unusable`
 */
export async function shareSocket(address: Address, { PLUGIN_UNIX_SOCKET_GROUP: group }: Environment): Promise<void> {
  if (!group || address.network !== 'unix') return;
  try {
    const number = await groupNumber(group);
    await chown(address.path, -1, number); // -1 leaves the owner alone
    await chmod(address.path, SHARED_MODE);
  } catch (cause) {
    throw new ProtocolError('socket_group_unusable', { group, reason: (cause as Error).message }, { cause });
  }
}

/** Node cannot ask the system for a group by its name. A line is NAME:PASSWORD:NUMBER:MEMBERS. */
async function groupNumber(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = (await readFile(GROUPS_FILE, 'utf8')).split('\n').map((line) => line.split(':'));
  const number = lines.find(([name]) => name === group)?.[2];
  if (number === undefined) throw new Error(`${GROUPS_FILE} has no such group`);
  return Number(number);
}
