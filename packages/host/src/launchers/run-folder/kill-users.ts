import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { findBySocketFolder, isSameProcess, type ProcessIdentity, sendSignal } from './process-table.ts';

/** A process that forks while we look is found in a later round. */
const maxRounds = 5;
/** How long processes may take to be gone after SIGKILL; one that is stuck in the kernel takes longer, and is not waited for. */
const goneWaitMs = 1_000;
const lookEveryMs = 5;

/**
 * Kills all that was started with a socket folder and still runs, grandchildren that left their group included.
 *
 * @returns whom it killed, once they are gone
 */
export async function killUsersOf(folder: string): Promise<ProcessIdentity[]> {
  const killed: ProcessIdentity[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const search = findBySocketFolder(folder);
    let step = search.next();
    while (!step.done) {
      await nextTurn();
      step = search.next();
    }
    if (!killAll(step.value, killed)) break;
  }
  // Nothing tells of the end of a process that is no child of ours.
  for (let waitedMs = 0; waitedMs < goneWaitMs && killed.some(isSameProcess); waitedMs += lookEveryMs) await sleep(lookEveryMs);
  return killed;
}

/** The same without waiting, for the exit of the host. */
export function killUsersOfNow(folder: string): void {
  const killed: ProcessIdentity[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const search = findBySocketFolder(folder);
    let step = search.next();
    while (!step.done) step = search.next();
    if (!killAll(step.value, killed)) break;
  }
}

/** True when somebody new was killed. */
function killAll(found: readonly ProcessIdentity[], killed: ProcessIdentity[]): boolean {
  const fresh = found.filter(({ pid }) => !killed.some((other) => other.pid === pid)).filter(isSameProcess);
  for (const { pid } of fresh) sendSignal(pid, 'SIGKILL');
  killed.push(...fresh);
  return fresh.length > 0;
}
