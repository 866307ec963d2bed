import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Probe } from '../probes/index.ts';

/** Which host runs which plugin. */
export interface Pair {
  readonly name: string;
  readonly host: 'go' | 'ours';
  readonly plugin: 'go' | 'ours';
}

/** What a case is given. */
export interface CaseContext {
  readonly probe: Probe;
  readonly pair: Pair;
  /** The genuine host with the genuine plugin, for the same question. @throws Error without Go */
  genuine(): Promise<Probe>;
}

/**
 * One thing that every pair of host and plugin must do.
 *
 * The genuine pair runs the list as well, so that an expectation is never ours alone.
 */
export interface Case {
  /** A sentence, with the rules that it proves in brackets: for the host where ours runs, for the plugin where ours is run. */
  readonly name: string;
  /** Needs a plugin of its own, because it ends it or counts on its first steps. */
  readonly fresh?: boolean;
  /**
   * It is proved when it succeeds once in so many fresh starts. For what a genuine host measures by a clock of its own:
   * it kills after two seconds, also where the machine has done other things for most of them.
   */
  readonly tries?: number;
  /** Asks the genuine pair as well, so that it needs Go even for our own pair. */
  readonly comparesWithGenuine?: boolean;
  /** Runs in these pairs only; all when absent. */
  readonly only?: (pair: Pair) => boolean;
  run(context: CaseContext): Promise<void>;
}

/** The single response to a query of refId A. */
export function responseOf(answer: Answer) {
  const response = answer.responses?.A;
  if (!response) throw new Error(`no response for A: ${JSON.stringify(answer.error ?? answer)}`);
  return response;
}

/** Asks again until the answer is as wanted, for what happens on the other side soon. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (value: T) => boolean,
  withinMs = 60_000,
): Promise<{ value: T; ms: number }> {
  const began = performance.now();
  for (;;) {
    const value = await ask();
    const ms = performance.now() - began;
    if (isWanted(value)) return { value, ms };
    await delay(5);
    if (ms > withinMs) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(value)}`);
  }
}

/** Runs until it succeeds, and rejects with the last of so many failures. */
export async function tryTimes(times: number, run: () => Promise<void>): Promise<void> {
  for (let left = times - 1; ; left--) {
    try {
      return await run();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** How many calls the plugin has seen cancelled or out of time. */
export async function abortedCalls(probe: Probe): Promise<number> {
  const [frame] = responseOf(await probe.run({ op: 'query', queries: [{ refId: 'A', queryType: 'counters' }] })).frames;
  return frame!.fields.reduce((sum, field) => sum + Number(field.values[0]), 0);
}
