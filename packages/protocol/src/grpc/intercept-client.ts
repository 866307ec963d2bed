import { intercept } from './interceptors.ts';
import type { CallOptions, DuplexCall, Interceptor, OutgoingCall, ResponseStream } from './types.ts';

type Interceptors = readonly Interceptor<OutgoingCall>[];
/** Starts a call that tells its end, with an error unless it ended well. */
type Start<Started> = (onEnd: (error: unknown) => void) => Started;

/** What interceptors see of a call that is about to start; they may add to it. */
export function outgoingCall(kind: OutgoingCall['kind'], path: string, options: CallOptions = {}): OutgoingCall {
  return { kind, path, signal: options.signal, timeoutMs: options.timeoutMs, metadata: [...(options.metadata ?? [])] };
}

/** A server stream that starts when its interceptors let it. */
export function interceptServerStream<Response>(
  interceptors: Interceptors,
  call: OutgoingCall,
  start: Start<ResponseStream<Response>>,
): ResponseStream<Response> {
  return interceptReader(startCall(interceptors, call, start));
}

/** A duplex call that starts when its interceptors let it; what is sent before waits. */
export function interceptDuplex<RequestInit, Response>(
  interceptors: Interceptors,
  call: OutgoingCall,
  start: Start<DuplexCall<RequestInit, Response>>,
): DuplexCall<RequestInit, Response> {
  const intercepted = startCall(interceptors, call, start);
  const { started } = intercepted;
  const reader = interceptReader<Response>(intercepted);
  const whenStarted = (act: (duplex: DuplexCall<RequestInit, Response>) => void) => void started.then(act, () => undefined);
  return {
    send: async (message) => (await started).send(message),
    closeSend: () => whenStarted((duplex) => duplex.closeSend()),
    cancel: () => whenStarted((duplex) => duplex.cancel()),
    ...reader,
  };
}

function interceptReader<Response>(call: InterceptedCall<ResponseStream<Response>>): ResponseStream<Response> {
  let reader: InterceptedReader<Response> | undefined;
  return {
    batches: () =>
      new InterceptedReader(
        call,
        call.started.then((messages) => messages.batches()),
      ),
    [Symbol.asyncIterator]: () => (reader ??= new InterceptedReader(call, call.started)),
  };
}

/** A call with its interceptors around it. */
interface InterceptedCall<Started> {
  /** Rejects when the interceptors refuse the call. */
  readonly started: Promise<Started>;
  /** The end of the call and then of its interceptors. */
  readonly over: Promise<void>;
  /** What the call itself ended with. */
  outcome: unknown;
}

function startCall<Started>(interceptors: Interceptors, call: OutgoingCall, start: Start<Started>): InterceptedCall<Started> {
  const { promise: started, resolve, reject } = Promise.withResolvers<Started>();
  const ended = Promise.withResolvers<void>();
  const over = intercept(interceptors, call, () => {
    resolve(
      start((error) => {
        intercepted.outcome = error;
        if (error === undefined) ended.resolve();
        else ended.reject(error);
      }),
    );
    return ended.promise;
  });
  over.catch(reject);
  started.catch(() => undefined); // told to the reader and to senders, if there are any
  const intercepted: InterceptedCall<Started> = { started, over, outcome: undefined };
  return intercepted;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Messages of a call as they come; its end is what the interceptors make of it. */
class InterceptedReader<Response> implements AsyncIterableIterator<Response, undefined> {
  readonly #call: InterceptedCall<unknown>;
  readonly #messages: Promise<AsyncIterator<Response>>;
  #ended = false;

  constructor(call: InterceptedCall<unknown>, messages: Promise<AsyncIterable<Response>>) {
    this.#call = call;
    this.#messages = messages.then((started) => started[Symbol.asyncIterator]());
    this.#messages.catch(() => undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Response, undefined>> {
    if (this.#ended) return DONE;
    try {
      const result = await (await this.#messages).next();
      if (!result.done) return result;
    } catch (error) {
      this.#ended = true;
      if (error !== this.#call.outcome) throw error; // of this side alone, such as a message that cannot be read
    }
    this.#ended = true;
    await this.#call.over;
    return DONE;
  }

  async return(): Promise<IteratorResult<Response, undefined>> {
    this.#ended = true;
    const messages = await this.#messages.catch(() => undefined);
    await messages?.return?.();
    return DONE;
  }
}
