import type { Endpoint, ResultOf } from '../client/index.ts';

/** How a call ended: `cancelled` also when its reader left. */
export type Outcome = { readonly status: 'ok' | 'cancelled' } | { readonly status: 'error'; readonly error: unknown };

/**
 * Tells, once, how a call ended whose result may go on after it resolved.
 *
 * @returns the result to hand on instead
 */
export function whenEnded<Kind extends Endpoint>(
  endpoint: Kind,
  result: ResultOf<Kind>,
  onEnd: (outcome: Outcome) => void,
): ResultOf<Kind> {
  if (endpoint === 'runStream') return watch(result as ResultOf<'runStream'>, onEnd) as ResultOf<Kind>;
  if (endpoint === 'callResource') {
    const response = result as ResultOf<'callResource'>;
    return { ...response, body: watch(response.body, onEnd) } as ResultOf<Kind>;
  }
  onEnd({ status: 'ok' });
  return result;
}

async function* watch<Item>(items: AsyncIterable<Item>, onEnd: (outcome: Outcome) => void): AsyncGenerator<Item> {
  let outcome: Outcome = { status: 'cancelled' };
  try {
    for await (const item of items) yield item;
    outcome = { status: 'ok' };
  } catch (error) {
    outcome = { status: 'error', error };
    throw error;
  } finally {
    onEnd(outcome);
  }
}
