import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeError } from '../../errors/index.ts';
import { removeGroup } from '../cgroup/index.ts';
import type { HostLogger } from '../logger.ts';
import { killUsersOf } from './kill-users.ts';
import { identify, isSameProcess, pidNamespace, sendSignal } from './process-table.ts';
import { hostRecordFile, pluginRecordFile, type RunFolder, readRecord, removeFolder } from './run-folder.ts';

/**
 * Removes what hosts that died without a goodbye left behind: their plugins, whatever those started, sockets, folders.
 *
 * Kills only processes that are proven to be theirs, by pid and start time or by their initial environment, and
 * touches no folder of a host that lives, or that lives in another pid namespace where we cannot tell.
 */
export async function sweepRunRoot(own: RunFolder, logger: HostLogger): Promise<void> {
  for (const name of readdirSync(own.root)) {
    const folder = join(own.root, name);
    if (folder === own.path || !isLeftBehind(folder, name)) continue;
    try {
      const records = readPluginRecords(folder);
      const killed = [...killRecorded(records), ...(await killUsersOf(folder)).map(({ pid }) => pid)];
      await removeGroups(records, name);
      removeFolder(folder);
      logger.warn('swept what a host that died had left behind', { folder, killedPids: killed });
    } catch (error) {
      logger.error('a folder of a host that died cannot be removed', { folder, error: describeError(error) });
    }
  }
}

function isLeftBehind(folder: string, name: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const pid = /^(\d+)-/.exec(name)?.[1];
  if (found?.isDirectory() !== true || pid === undefined) return false;
  const record = readRecord(join(folder, hostRecordFile));
  // A host that has just made its folder has no record yet: then its pid alone decides.
  if (record === undefined) return identify(Number(pid)) === undefined;
  if (record.pidNamespace !== pidNamespace() && isThisBoot(record.startedAt)) return false;
  if (record.startedAt === undefined) return identify(record.pid) === undefined;
  return !isSameProcess({ pid: record.pid, startedAt: record.startedAt });
}

/** Before the last boot nothing lives, in whatever namespace. */
function isThisBoot(startedAt: string | undefined): boolean {
  const boot = (text: string | undefined) => text?.split(':')[0];
  return startedAt === undefined || boot(startedAt) === boot(identify(process.pid)?.startedAt);
}

function readPluginRecords(folder: string) {
  const slots = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return slots.map(({ name }) => readRecord(join(folder, pluginRecordFile(name)))).filter((record) => record !== undefined);
}

function killRecorded(records: ReturnType<typeof readPluginRecords>): number[] {
  const killed: number[] = [];
  for (const { pid, startedAt } of records) {
    if (!isSameProcess({ pid, startedAt })) continue;
    if (process.platform !== 'win32') sendSignal(-pid, 'SIGKILL');
    sendSignal(pid, 'SIGKILL');
    killed.push(pid);
  }
  return killed;
}

/** Groups have the name of the run folder in theirs: one that has not is none of this host. */
async function removeGroups(records: ReturnType<typeof readPluginRecords>, runFolderName: string): Promise<void> {
  for (const { cgroup } of records) {
    if (typeof cgroup === 'string' && basename(cgroup).startsWith(`${runFolderName}-`)) await removeGroup(cgroup);
  }
}
