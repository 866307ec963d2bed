import type { Clock } from './clock.ts';
import type { Run } from './run.ts';

/** Looks at the memory of a run until it is over its limit, and gives the reason. Rejects with the signal's reason. */
export async function untilTooLarge(
  run: Run,
  { maxBytes, sampleMs }: { readonly maxBytes: number; readonly sampleMs: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    await clock.sleep(sampleMs, signal);
    const bytes = (await run.running.usage())?.memoryBytes;
    if (bytes !== undefined && bytes > maxBytes) return `it took ${mebibytes(bytes)} of memory, over its limit of ${mebibytes(maxBytes)}`;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
