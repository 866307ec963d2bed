import type { Random } from '../random.ts';
import { type Arrival, cutUp } from './play.ts';

/** What came of a connection. */
export interface Result {
  /** All that its users saw, for a comparison. */
  readonly story: string;
  readonly written: Buffer;
  /** What it was refused for, in a line, or undefined. */
  readonly refusal: string | undefined;
}

const TRIES = 3;

/**
 * Half of the cases: input whole and in pieces has to have the same result. The others: other things happen between
 * the pieces, so that only what always holds is asked for.
 *
 * @throws Error when the results differ
 */
export async function sameWhicheverWay(
  bytes: Buffer,
  random: Random,
  playOnce: (arrival: Arrival) => Promise<Result>,
): Promise<string | undefined> {
  const pieces = cutUp(bytes, random);
  if (random.below(2) === 0) return (await playOnce({ pieces, between: random })).refusal;
  for (let tries = 1; ; tries++) {
    const whole = await playOnce({ pieces: [bytes], between: undefined });
    const cut = await playOnce({ pieces, between: undefined });
    if (whole.story === cut.story && whole.written.equals(cut.written)) return whole.refusal;
    // A damaged deadline of a millisecond may pass in one of the two: not so three times.
    if (tries === TRIES) throw new Error(`whole: ${brief(whole)}\nin pieces: ${brief(cut)}`);
  }
}

const brief = ({ story, written }: Result): string => `${story.slice(0, 2000)} ${written.length} ${written.toString('hex').slice(-2000)}`;
