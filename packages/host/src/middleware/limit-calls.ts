import { goesOn, whenEnded } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import type { Middleware, PluginCall } from './types.ts';

/** How many calls go to one plugin at a time. */
export interface CallLimits {
  readonly maxConcurrentCalls: number;
  readonly maxQueuedCalls: number;
  readonly maxStreams: number;
}

/** Told when a call has to wait for its turn (`maxConcurrentCalls`) or is refused (the others). */
export type OnLimit = (limit: keyof CallLimits) => void;

/** What one plugin has to do right now. */
export interface CallLoad {
  /** Calls under way, streams apart. */
  readonly inFlight: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
  readonly streams: number;
}

/** A middleware that limits calls, and knows how many there are. */
export interface CallLimiter {
  readonly middleware: Middleware;
  load(): CallLoad;
}

/**
 * Lets so many calls through at a time; others wait for their turn, in order, and when too many wait are refused
 * as `plugin_overloaded`. Streams live long, so they have a limit of their own, and do not wait.
 */
export function limitCalls({ maxConcurrentCalls, maxQueuedCalls, maxStreams }: CallLimits, onLimit: OnLimit): CallLimiter {
  const calls = new Gate(maxConcurrentCalls, maxQueuedCalls);
  const streams = new Gate(maxStreams, 0);
  const middleware: Middleware = async (call, next) => {
    const isStream = call.endpoint === 'runStream';
    const gate = isStream ? streams : calls;
    if (!gate.hasRoom()) {
      onLimit(isStream ? 'maxStreams' : 'maxQueuedCalls');
      throw overloaded(
        call,
        isStream ? `${maxStreams} streams run` : `${maxConcurrentCalls} calls are under way and ${maxQueuedCalls} wait`,
      );
    }
    const turn = gate.enter(call.signal);
    if (turn !== undefined) {
      onLimit('maxConcurrentCalls');
      await turn.catch((error: unknown) => rejectCancelled(call, error));
    }
    if (!goesOn(call.endpoint)) return await next(call).finally(() => gate.leave());
    const leave = leaveOnce(gate, call.signal);
    try {
      return whenEnded(call.endpoint, await next(call), leave);
    } catch (error) {
      leave();
      throw error;
    }
  };
  return { middleware, load: () => ({ inFlight: calls.taken, queued: calls.waiting, streams: streams.taken }) };
}

/** Some at a time, some in a queue. */
class Gate {
  readonly #places: number;
  readonly #queueLength: number;
  #taken = 0;
  /** In the order of arrival. */
  readonly #queue = new Set<() => void>();

  constructor(places: number, queueLength: number) {
    this.#places = places;
    this.#queueLength = queueLength;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  hasRoom(): boolean {
    return this.#taken < this.#places || this.#queue.size < this.#queueLength;
  }

  /** Undefined when there is a place. A promise rejects with the signal's reason. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#taken < this.#places) {
      this.#taken++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#queue.delete(onTurn);
        reject(signal?.reason);
      };
      const onTurn = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(onTurn);
    });
  }

  leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#taken--;
      return;
    }
    this.#queue.delete(next);
    next();
  }
}

/** A body that nobody reads does not keep its place once its call is given up. */
function leaveOnce(gate: Gate, signal: AbortSignal | undefined): () => void {
  let isOver = false;
  const leave = () => {
    if (isOver) return;
    isOver = true;
    signal?.removeEventListener('abort', leave);
    gate.leave();
  };
  signal?.addEventListener('abort', leave, { once: true });
  return leave;
}

function overloaded({ pluginId, endpoint }: PluginCall, detail: string): HostError {
  return new HostError('plugin_overloaded', { pluginId, endpoint, detail });
}

function rejectCancelled({ pluginId, endpoint }: PluginCall, cause: unknown): never {
  throw new HostError('request_cancelled', { pluginId, endpoint, detail: 'it waited for its turn' }, { cause });
}
