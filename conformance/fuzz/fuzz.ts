import { damagedInput, type Samples } from './damage.ts';
import { Random } from './random.ts';

/** Something to be fed damaged input. */
export interface FuzzTarget {
  readonly name: string;
  /**
   * Runs one case, which is made from `random` alone.
   *
   * @returns the refusal in one line when the input was refused as it should be, undefined when it was accepted
   * @throws whatever must not happen: this is what fuzzing looks for
   */
  run(random: Random): string | undefined | Promise<string | undefined>;
}

/** A reader of files or texts. */
export interface Reader extends Samples {
  readonly name: string;
  /** Reads an input, and does with the result what its users do; returns and throws as `run` of a target. */
  read(input: Uint8Array): string | undefined;
}

/** Feeds a reader with damaged samples. */
export function readerTarget(reader: Reader): FuzzTarget {
  return { name: reader.name, run: (random) => reader.read(damagedInput(reader, random)) };
}

/** What one run has found. */
export interface FuzzReport {
  readonly cases: number;
  readonly accepted: number;
  /** Refusals, with numbers and names left out, and how often each was seen. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly failures: readonly FuzzFailure[];
  readonly slowest: { readonly seed: number; readonly ms: number };
}

/** An input that the reader could not cope with; `--cases 1 --seed SEED` repeats it. */
export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  readonly error: unknown;
}

/** How long a run is, and where it starts. */
export interface FuzzOptions {
  readonly cases: number;
  /** Case `i` is made from `seed + i` alone. */
  readonly seed: number;
  /** A case that takes more CPU time is a failure. */
  readonly maxMs?: number;
  /** The run ends after so many failures. */
  readonly maxFailures?: number;
  /** CPU time of this process so far, in ms. */
  readonly now?: () => number;
}

/** Runs cases of the targets, one after the other. */
export async function fuzz(targets: readonly FuzzTarget[], options: FuzzOptions): Promise<FuzzReport> {
  const { cases, seed: firstSeed, maxMs = 2000, maxFailures = 10, now = cpuMs } = options;
  const refusals = new Map<string, number>();
  const failures: FuzzFailure[] = [];
  let slowest = { seed: firstSeed, ms: 0 };
  let accepted = 0;
  let done = 0;
  for (; done < cases && failures.length < maxFailures; done++) {
    const seed = firstSeed + done;
    const random = new Random(seed);
    const target = random.of(targets);
    const startedAt = now();
    try {
      const refusal = await target.run(random);
      if (refusal === undefined) accepted++;
      else refusals.set(generalize(refusal), (refusals.get(generalize(refusal)) ?? 0) + 1);
    } catch (error) {
      failures.push({ target: target.name, seed, error });
    }
    const ms = now() - startedAt;
    if (ms > slowest.ms) slowest = { seed, ms };
    if (ms > maxMs) failures.push({ target: target.name, seed, error: new Error(`took ${ms.toFixed(0)} ms`) });
  }
  return { cases: done, accepted, refusals, failures, slowest };
}

/** The sentence without what changes from one input to the next. */
function generalize(refusal: string): string {
  return refusal
    .replace(/Unexpected token '.*/s, 'Unexpected token …')
    .replace(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi, 'N')
    .slice(0, 120);
}

/** Other processes may keep us waiting; that is not the reader's fault. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
