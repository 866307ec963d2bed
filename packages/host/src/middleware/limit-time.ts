import { type Endpoint, goesOn, mapItems } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import type { Middleware, PluginCall } from './types.ts';

/**
 * Gives every call so long for its answer, and for each further part of one that comes in parts; then it is cancelled, which
 * the plugin is told, and fails as `call_timeout`. Streams may be silent for ever. Time that a reader takes between
 * two parts does not count.
 */
export function limitTime(callTimeoutMs: number, onLimit: () => void): Middleware {
  const deadlines = new Deadlines(callTimeoutMs, onLimit);
  return async (call, next) => {
    if (call.endpoint === 'runStream') return await next(call);
    const watch = new CallWatch(call, deadlines);
    const result = await watch.during(() => next({ ...call, signal: watch.signal }));
    if (goesOn(call.endpoint)) return mapItems(call.endpoint, result, (items) => watched(items, watch));
    watch.end();
    return result;
  };
}

/** One call with its signal: that of its caller, or its own when it takes too long. */
class CallWatch {
  readonly #call: PluginCall<Endpoint>;
  readonly #deadlines: Deadlines;
  readonly #controller = new AbortController();
  #isLate = false;

  constructor(call: PluginCall<Endpoint>, deadlines: Deadlines) {
    this.#call = call;
    this.#deadlines = deadlines;
    if (call.signal?.aborted) this.#follow();
    else call.signal?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One wait for the plugin. A failure ends the call. */
  async during<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#deadlines.start(this);
    try {
      return await wait();
    } catch (cause) {
      this.end();
      if (!this.#isLate) throw cause;
      const { pluginId, endpoint } = this.#call;
      throw new HostError('call_timeout', { pluginId, endpoint, waitedMs: this.#deadlines.timeoutMs }, { cause });
    } finally {
      this.#deadlines.stop(this);
    }
  }

  expire(): void {
    this.#isLate = true;
    this.#controller.abort(new Error(`no answer in ${this.#deadlines.timeoutMs} ms`));
  }

  end(): void {
    this.#call.signal?.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#call.signal?.reason);
}

function watched<Item>(body: AsyncIterable<Item>, watch: CallWatch): AsyncIterableIterator<Item, undefined> {
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

/**
 * The waits of one plugin. They are equally long, so the oldest is the first to end, and one timer is enough:
 * a timer for each call would cost more than all the rest of this.
 */
class Deadlines {
  readonly timeoutMs: number;
  readonly #onLimit: () => void;
  /** In the order of their start. */
  readonly #endsAtMs = new Map<CallWatch, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, onLimit: () => void) {
    this.timeoutMs = timeoutMs;
    this.#onLimit = onLimit;
  }

  start(watch: CallWatch): void {
    if (this.timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#endsAtMs.set(watch, performance.now() + this.timeoutMs);
    this.#timer ??= this.#startTimer(this.timeoutMs);
  }

  stop(watch: CallWatch): void {
    this.#endsAtMs.delete(watch);
  }

  /** It may outlive the calls, so it must not keep the process. */
  #startTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(this.#look, Math.ceil(delayMs)).unref();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    for (const [watch, endsAtMs] of this.#endsAtMs) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs > 0) {
        this.#timer = this.#startTimer(leftMs);
        return;
      }
      this.#endsAtMs.delete(watch);
      this.#onLimit();
      watch.expire();
    }
  };
}
