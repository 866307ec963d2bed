import { isProtocolError, ping } from '@backplane/protocol/goplugin';
import type { Channel } from '@backplane/protocol/grpc';
import type { Clock } from './clock.ts';
import type { Run } from './run.ts';

/** How it is found out that a plugin hangs although its process lives. */
export interface LivenessPolicy {
  /** Between two probes. 10 000 by default. */
  readonly intervalMs: number;
  /** How long a probe may take. 10 000 by default: longer than any sensible call keeps a plugin of one thread busy. */
  readonly timeoutMs: number;
  /** So many probes in a row without an answer are a verdict. 2 by default. */
  readonly failures: number;
}

/** What holds unless something else is asked for. */
export const defaultLivenessPolicy: LivenessPolicy = { intervalMs: 10_000, timeoutMs: 10_000, failures: 2 };

/** Probes a run until it is found to hang, and gives the reason. Rejects with the signal's reason. */
export async function untilHung(run: Run, policy: LivenessPolicy, clock: Clock, signal: AbortSignal): Promise<string> {
  for (let failures = 0; failures < policy.failures; ) {
    await clock.sleep(policy.intervalMs, signal);
    failures = (await answersInTime(run, policy.timeoutMs, clock, signal)) ? 0 : failures + 1;
  }
  return `it hangs: ${policy.failures} liveness probes had no good answer in ${policy.timeoutMs} ms each`;
}

async function answersInTime(run: Run, timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const probing = new AbortController();
  const both = AbortSignal.any([signal, probing.signal]);
  const yes = () => true;
  const no = () => false;
  const answered = await Promise.race([probe(run.running.channel, both).then(yes, no), clock.sleep(timeoutMs, both).then(no, no)]);
  probing.abort();
  signal.throwIfAborted();
  return answered;
}

/**
 * Asks a plugin whether it is alive. An error is an answer too: a plugin without a health service is alive.
 *
 * @throws ProtocolError `not_serving` when it says that it is not, or the signal's reason
 */
export async function probe(channel: Channel, signal: AbortSignal): Promise<void> {
  try {
    await ping(channel, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isProtocolError(error, 'not_serving')) throw error;
  }
}
