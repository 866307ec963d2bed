import type { Endpoint, ResultOf } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import type { Middleware, PluginCall } from './types.ts';

/**
 * Gives every call so long for its answer, and for each further part of a resource answer; then it is cancelled, which
 * the plugin is told, and fails as `call_timeout`. Streams may be silent for ever. Time that a reader takes between
 * two parts does not count.
 */
export function limitTime(callTimeoutMs: number, onLimit: () => void): Middleware {
  return async (call, next) => {
    if (call.endpoint === 'runStream') return await next(call);
    const watch = new CallWatch(call, callTimeoutMs, onLimit);
    const result = await watch.during(() => next({ ...call, signal: watch.signal }));
    if (call.endpoint !== 'callResource') {
      watch.end();
      return result;
    }
    const response = result as ResultOf<'callResource'>;
    return { ...response, body: watched(response.body, watch) } as ResultOf<typeof call.endpoint>;
  };
}

/** One call with its signal: that of its caller, or its own when it takes too long. */
class CallWatch {
  readonly #call: PluginCall<Endpoint>;
  readonly #timeoutMs: number;
  readonly #onLimit: () => void;
  readonly #controller = new AbortController();
  #isLate = false;

  constructor(call: PluginCall<Endpoint>, timeoutMs: number, onLimit: () => void) {
    this.#call = call;
    this.#timeoutMs = timeoutMs;
    this.#onLimit = onLimit;
    if (call.signal?.aborted) this.#follow();
    else call.signal?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One wait for the plugin. A failure ends the call. */
  async during<Result>(wait: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => {
      this.#isLate = true;
      this.#onLimit();
      this.#controller.abort(new Error(`no answer in ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    try {
      return await wait();
    } catch (cause) {
      this.end();
      if (!this.#isLate) throw cause;
      const { pluginId, endpoint } = this.#call;
      throw new HostError('call_timeout', { pluginId, endpoint, waitedMs: this.#timeoutMs }, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.#call.signal?.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#call.signal?.reason);
}

function watched(body: AsyncIterable<Uint8Array>, watch: CallWatch): AsyncIterableIterator<Uint8Array, undefined> {
  const iterator = body[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const next = await watch.during(() => iterator.next());
      if (next.done !== true) return next;
      watch.end();
      return { done: true, value: undefined };
    },
    async return() {
      watch.end();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
