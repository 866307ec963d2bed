import { setTimeout as wait } from 'node:timers/promises';
import { isHostError } from '../errors/index.ts';
import type { PluginClient, StreamRequest } from './types.ts';

/** How a stream is followed. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told why a run ended before its time; another one follows after `delayMs`. */
  readonly onError?: ((error: unknown, delayMs: number) => void) | undefined;
  /** Waits between two runs; the clock by default. */
  readonly delay?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  readonly now?: (() => number) | undefined;
}

/** A run that ends sooner counts as a failed attempt. */
const SHORT_RUN_MS = 100;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

/**
 * Runs a stream for as long as somebody reads it, as Grafana does for a channel with subscribers.
 *
 * A run that fails, because of the plugin, its connection, or a packet that is no JSON, is followed by another: at once
 * at first, then after 100 ms, 200 ms and so on up to 5 s while runs stay shorter than 100 ms. A run that ends by itself
 * is the end, and so is a plugin without streams.
 *
 * @throws HostError `method_not_implemented`, or `request_cancelled` after the signal
 */
export async function* followStream(
  plugin: Pick<PluginClient, 'runStream'>,
  request: StreamRequest,
  { signal, onError, delay = waitFor, now = performance.now.bind(performance) }: FollowOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  for (let shortRuns = 0; ; ) {
    const startedAtMs = now();
    try {
      yield* plugin.runStream(request, { signal });
      return undefined;
    } catch (error) {
      if (signal?.aborted || isHostError(error, 'method_not_implemented')) throw error;
      shortRuns = now() - startedAtMs < SHORT_RUN_MS ? shortRuns + 1 : 0;
      const delayMs = shortRuns < 2 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (shortRuns - 2), MAX_DELAY_MS);
      onError?.(error, delayMs);
      await delay(delayMs, signal);
    }
  }
}

async function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal });
}
