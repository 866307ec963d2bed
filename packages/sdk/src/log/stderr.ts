import { writeSync } from 'node:fs';

const retryMs = 5;
const giveUpAfterMs = 2000;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes a line to the process' real stderr before it returns, so that the last words of a crash arrive.
 *
 * A host that does not read makes it wait, at most 2 s for a line; then, or when the host is gone, the line is lost.
 */
export function writeStderr(line: string): void {
  let bytes = Buffer.from(line);
  const lastTryMs = performance.now() + giveUpAfterMs;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(2, bytes));
    } catch (error) {
      // A pipe that some library made non-blocking is full. Anything else means that nobody can be told.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > lastTryMs) return;
      Atomics.wait(sleeper, 0, 0, retryMs);
    }
  }
}
