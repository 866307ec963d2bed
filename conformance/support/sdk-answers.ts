import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { goProgram } from './go.ts';

/** A question to the genuine SDK; conformance/go/cmd/sdk-answers has the fields of each op. */
export type Question = Readonly<Record<string, unknown>> & { readonly op: string };

/** What it answered: nanoseconds as text, milliseconds, a text, or an error. */
export interface Answer {
  readonly ns?: string;
  readonly ms?: number;
  readonly text?: string;
  readonly error?: string;
}

/** Asks the genuine SDK, all questions by one process. */
export async function askSdk(questions: readonly Question[]): Promise<Answer[]> {
  const input = questions.map((question) => JSON.stringify(question)).join('\n');
  const env = { ...process.env, TZ: 'UTC' };
  const { status, stdout, stderr } = spawnSync(await goProgram('sdk-answers'), { input, encoding: 'utf8', env, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** One of several. */
export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** A seeded generator of numbers from 0 up to 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
