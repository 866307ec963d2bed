import { setTimeout as delay } from 'node:timers/promises';
import type { GrpcServer } from '@backplane/protocol/grpc';
import type { StartedTracing } from '@backplane/protocol/otlp';
import type { PluginRuntime } from '../adapters/index.ts';
import type { Logger } from '../log/index.ts';

/** How long each step may take. The sum stays below the 2 s after which a host kills. */
export const stopLimits = { drainMs: 700, disconnectMs: 100, disposeMs: 700 } as const;

/** What is stopped. */
export interface StopOptions {
  readonly runtime: Pick<PluginRuntime, 'drain' | typeof Symbol.asyncDispose>;
  readonly server: Pick<GrpcServer, 'drain'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Sends the last spans. */
  readonly tracing?: Pick<StartedTracing, 'shutdown'> | undefined;
  /** `stopLimits` by default. */
  readonly limits?: { readonly [Step in keyof typeof stopLimits]: number };
}

/**
 * Stops serving: running calls may end, the answer to Shutdown among them, then connections drop and handlers are told to
 * give up, then instances are disposed.
 *
 * Never rejects: whatever does not end in its time is left to the end of the process.
 */
export async function stopPlugin({ runtime, server, log, tracing, limits = stopLimits }: StopOptions): Promise<void> {
  const drained = Promise.all([runtime.drain(), server.drain({ timeoutMs: limits.drainMs })]);
  await within(limits.drainMs + limits.disconnectMs, drained);
  const traced = tracing && within(limits.disposeMs, tracing.shutdown());
  const disposed = await within(limits.disposeMs, runtime[Symbol.asyncDispose]());
  if (!disposed) log.warn('Instances were not disposed in time', { waitedMs: limits.disposeMs });
  await traced;
}

/** True when the step ended in its time. */
async function within(limitMs: number, step: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(limitMs, false, { signal: timer.signal }).catch(() => false);
  const done = step.then(
    () => true,
    () => true,
  );
  const ended = await Promise.race([done, late]);
  timer.abort();
  return ended;
}
