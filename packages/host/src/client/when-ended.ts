import type { Endpoint, ResultOf } from './endpoints.ts';

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
  if (endpoint === 'runStream' || endpoint === 'queryChunkedData') return watch(result as AsyncIterable<unknown>, onEnd) as ResultOf<Kind>;
  if (endpoint === 'callResource') {
    const response = result as ResultOf<'callResource'>;
    return { ...response, body: watch(response.body, onEnd) } as ResultOf<Kind>;
  }
  onEnd({ status: 'ok' });
  return result;
}

/** Written by hand: a generator hears nothing of a reader that leaves before the first item, or while it waits for one. */
function watch<Item>(items: AsyncIterable<Item>, onEnd: (outcome: Outcome) => void): AsyncIterableIterator<Item, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  const end = (outcome: Outcome) => {
    if (!isOver) onEnd(outcome);
    isOver = true;
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const next = await iterator.next();
        if (next.done !== true) return next;
        end({ status: 'ok' });
        return { done: true, value: undefined };
      } catch (error) {
        end({ status: 'error', error });
        throw error;
      }
    },
    async return() {
      end({ status: 'cancelled' });
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
