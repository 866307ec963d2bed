import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeError, HostError } from '../../errors/index.ts';

/** Where the system tells about cgroups. */
export interface CgroupSystem {
  /** Where the tree is mounted, `/sys/fs/cgroup` by default. */
  readonly root?: string | undefined;
  /** File that tells the cgroup of this process, `/proc/self/cgroup` by default. */
  readonly selfFile?: string | undefined;
}

/**
 * The cgroup (version 2) that systemd gave this process to divide: the one of its unit, with `Delegate=memory`, when the process
 * itself is in a group below it, with `DelegateSubgroup=`. Undefined where there is none: then nothing of the tree is ours, even
 * if we may write to it.
 */
export function findDelegatedCgroup({ root = '/sys/fs/cgroup', selfFile = '/proc/self/cgroup' }: CgroupSystem = {}): string | undefined {
  const own = /^0::(\/.*)$/m.exec(read(selfFile) ?? '')?.[1];
  if (own === undefined) return undefined;
  const unit = dirname(own);
  if (!/\.(?:service|scope)$/.test(basename(unit))) return undefined;
  const folder = join(root, unit);
  return findFault(folder) === undefined ? folder : undefined;
}

/**
 * Makes sure that groups with limits of memory can be made in a cgroup that the operator names.
 *
 * @throws HostError `cgroup_unusable`
 */
export function assertUsableCgroup(folder: string): void {
  const detail = findFault(folder);
  if (detail !== undefined) throw new HostError('cgroup_unusable', { folder, detail });
}

/** Hands memory on to groups below, if that is not so yet. */
function findFault(folder: string): string | undefined {
  const controllers = read(join(folder, 'cgroup.controllers'));
  if (controllers === undefined) return 'it is no cgroup of version 2';
  if (!has(controllers, 'memory')) return 'it has no controller of memory; delegate that to it';
  const control = join(folder, 'cgroup.subtree_control');
  try {
    accessSync(folder, constants.W_OK);
    if (!has(read(control) ?? '', 'memory')) writeFileSync(control, '+memory');
    return undefined;
  } catch (error) {
    const isBusy = (error as NodeJS.ErrnoException).code === 'EBUSY';
    return isBusy ? 'processes are in it; put them into a group below it (DelegateSubgroup= of systemd)' : describeError(error);
  }
}

function has(list: string, controller: string): boolean {
  return list.trim().split(/\s+/).includes(controller);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // there are no cgroups, or those of version 1
  }
}
