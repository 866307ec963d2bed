import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Late enough that clients which waited for the server have their first answers. */
const delayMs = 1_000;

/**
 * Gives back the memory that only the start needed, about a tenth of what an idle server holds: by itself V8 keeps it
 * until enough new garbage comes together, which on an idle server takes hours. Takes about 30 ms, once.
 */
export function giveBackMemoryOfStart(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
    setFlagsFromString('--no-expose-gc');
    collectGarbage({ type: 'major', flavor: 'last-resort' });
  }, delayMs).unref();
}
