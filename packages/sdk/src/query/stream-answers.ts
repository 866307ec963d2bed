import { runHandler } from '../call-scope.ts';
import { type AnswerOptions, eachFrame, errorAnswer, type PackedFrame, type QueryAnswer } from './answer-queries.ts';
import type { RawQuery } from './parse-query.ts';

/** A part of the answer to one query: its next frame in bytes, or what went wrong. */
export type AnswerPart =
  | { readonly kind: 'frame'; readonly refId: string; readonly index: number; readonly frame: PackedFrame }
  | (Extract<QueryAnswer, { kind: 'error' }> & { readonly refId: string });

/**
 * Answers every query by itself and gives each frame as soon as its handler has made it.
 *
 * Handlers wait for the reader: of each query at work there is one frame ahead. A reader that leaves makes them stop.
 *
 * @param settled told when no handler is at work any more; one that was given up may still use the instance
 */
export async function* streamAnswers(
  queries: readonly RawQuery[],
  options: AnswerOptions,
  settled: () => void,
): AsyncGenerator<AnswerPart, void> {
  const handoff = new Handoff<AnswerPart>();
  const handlers: Promise<void>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < queries.length && !handoff.isClosed; at = next++) {
      const query = queries[at] as RawQuery;
      const { refId } = query;
      let index = 0;
      let hasFailed = false;
      const { answer, settled: done } = runHandler(options.context, () =>
        eachFrame(query, options, (frame) => {
          if (hasFailed) throw givenUp(); // an error outside of the handler's own promises was the answer
          return handoff.put({ kind: 'frame', refId, index: index++, frame });
        }),
      );
      handlers.push(done);
      await answer.catch((error: unknown) => {
        hasFailed = true;
        return handoff.put({ refId, ...errorAnswer(error) }).catch(() => undefined); // nobody is there to hear of it
      });
    }
  };
  const workers = Array.from({ length: Math.min(options.concurrency, queries.length) }, work);
  const all = Promise.all(workers).then(() => handoff.end());
  const { signal } = options.context;
  const onAbort = () => handoff.close();
  signal.addEventListener('abort', onAbort);
  try {
    yield* handoff;
  } finally {
    signal.removeEventListener('abort', onAbort);
    handoff.close();
    void all.then(() => Promise.all(handlers)).then(settled);
  }
}

/** Hands items from several writers to one reader: a writer waits until its item is taken. */
class Handoff<T> implements AsyncIterable<T> {
  readonly #waiting: { readonly item: T; readonly taken: PromiseWithResolvers<void> }[] = [];
  #changed = Promise.withResolvers<void>();
  #isEnded = false;
  isClosed = false;

  /** Rejects once nobody reads any more. */
  put(item: T): Promise<void> {
    if (this.isClosed) return Promise.reject(givenUp());
    const taken = Promise.withResolvers<void>();
    this.#waiting.push({ item, taken });
    this.#changed.resolve();
    return taken.promise;
  }

  /** No more items. */
  end(): void {
    this.#isEnded = true;
    this.#changed.resolve();
  }

  /** Nobody reads any more. */
  close(): void {
    this.isClosed = true;
    this.#changed.resolve();
    for (const { taken } of this.#waiting.splice(0)) taken.reject(givenUp());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const first = this.#waiting.shift();
      if (first !== undefined) {
        first.taken.resolve();
        yield first.item;
      } else if (this.#isEnded || this.isClosed) return;
      else {
        await this.#changed.promise;
        this.#changed = Promise.withResolvers();
      }
    }
  }
}

const givenUp = () => new DOMException('nobody waits for the answer any more', 'AbortError');
