import type { Endpoint, ResultOf } from './endpoints.ts';

/** How a call ended: `cancelled` also when its reader left. */
export type Outcome = { readonly status: 'ok' | 'cancelled' } | { readonly status: 'error'; readonly error: unknown };

/** True for kinds of call whose result goes on after it has resolved. */
export function goesOn(endpoint: Endpoint): endpoint is 'queryChunkedData' | 'callResource' | 'runStream' {
  return endpoint === 'queryChunkedData' || endpoint === 'callResource' || endpoint === 'runStream';
}

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
  if (goesOn(endpoint)) return mapItems(endpoint, result, (items) => watch(items, onEnd));
  onEnd({ status: 'ok' });
  return result;
}

/** The same result, with something around what goes on. */
export function mapItems<Kind extends Endpoint>(
  endpoint: Kind,
  result: ResultOf<Kind>,
  around: <Item>(items: AsyncIterable<Item>) => AsyncIterable<Item>,
): ResultOf<Kind> {
  if (endpoint !== 'callResource') return around(result as AsyncIterable<unknown>) as ResultOf<Kind>;
  const response = result as ResultOf<'callResource'>;
  return { ...response, body: around(response.body) } as ResultOf<Kind>;
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
