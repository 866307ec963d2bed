import { setImmediate as nextTurn } from 'node:timers/promises';
import { findBySocketFolder, isSameProcess, type ProcessIdentity, sendSignal } from './process-table.ts';

/** A process that forks while we look is found in a later round. */
const maxRounds = 5;

/**
 * Kills all that was started with a socket folder and still runs, grandchildren that left their group included.
 *
 * @returns whom it killed
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
