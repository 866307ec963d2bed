import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestContext } from './context.ts';

/** One running handler, or the work of an instance beside all calls, as the code below it finds it. */
export interface CallScope {
  /** Undefined for an instance. */
  readonly context: RequestContext | undefined;
  /** Makes an error the answer, or deals with it otherwise. False when the handler has its answer already, so that nobody will hear of this error. */
  readonly fail: (error: unknown) => boolean;
  /** True for work that several calls share: none of them is its context. */
  readonly isShared?: boolean;
}

/** A handler at work: its answer, and the time when it touches nothing any more. */
export interface RunningHandler<T> {
  readonly answer: Promise<T>;
  /** Never rejects. Comes after the answer when an error outside of the handler's own promises was the answer. */
  readonly settled: Promise<void>;
}

/** Where a context keeps what middleware wants around its handlers. */
export const enclosure: unique symbol = Symbol('enclosure');

/** A context whose handlers run inside of what middleware set up. */
export interface Enclosed {
  [enclosure]?: (<T>(run: () => T) => T) | undefined;
}

const scopes = new AsyncLocalStorage<CallScope>();

/**
 * Runs a handler in a scope of its own.
 *
 * What it leaves behind (timers, callbacks, promises that nobody awaits) runs in that scope too, so that an error there
 * becomes the answer of the call that caused it and nobody else's.
 *
 * @param failLate takes errors after the handler returned, while what it returned is still being sent; true when it did
 */
export function runHandler<T>(
  context: RequestContext,
  run: () => Promise<T>,
  failLate: (error: unknown) => boolean = () => false,
): RunningHandler<T> {
  const stray = Promise.withResolvers<never>();
  let answered = false;
  const fail = (error: unknown): boolean => {
    if (answered) return failLate(error);
    answered = true;
    stray.reject(error);
    return true;
  };
  const work = runInScope({ context, fail }, async () => run());
  const done = (): void => {
    answered = true;
  };
  const settled = work.then(done, done);
  return { answer: Promise.race([work, stray.promise]), settled };
}

/** Runs code such that everything below it finds the scope. */
export function runInScope<T>(scope: CallScope, run: () => T): T {
  const inside = (scope.context as Enclosed | undefined)?.[enclosure];
  return inside === undefined ? scopes.run(scope, run) : inside(() => scopes.run(scope, run));
}

/**
 * Runs work that several calls share, started by one of them: it does not end with that call, and nothing of that call's user
 * goes along. Stray errors still are that call's.
 */
export function runShared<T>(run: () => T): T {
  const scope = currentScope();
  return scope === undefined ? run() : scopes.run({ ...scope, isShared: true }, run);
}

/** The scope of the running handler, or undefined outside. */
export function currentScope(): CallScope | undefined {
  return scopes.getStore();
}

/** The context of the running handler, for code too deep to be handed one; undefined outside of a call, and in work that calls share. */
export function currentContext(): RequestContext | undefined {
  const scope = currentScope();
  return scope?.isShared === true ? undefined : scope?.context;
}
