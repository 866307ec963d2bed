import { Inbox, unreadable } from './inbox.ts';
import { disposeReply, encodeReply } from './outgoing.ts';
import type { MethodRunner, ServerStreamCall } from './server-call.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { Codec, DuplexHandler, Replies, ServerCall, ServerStreamHandler, UnaryHandler } from './types.ts';

/** Told about what handlers throw that is no GrpcStatusError. */
export type HandlerErrorListener = ((error: unknown, call: ServerCall) => void) | undefined;

/** A method without its types, as the router keeps it. */
export interface RunnableMethod {
  readonly request: Codec<unknown>;
  readonly response: Codec<unknown>;
}

/** Runs methods that take one message: waits for it and for the end of the request. */
abstract class SingleRequestRunner implements MethodRunner {
  readonly call: ServerStreamCall;
  readonly method: RunnableMethod;
  readonly onHandlerError: HandlerErrorListener;
  #request: Uint8Array | undefined;

  constructor(call: ServerStreamCall, method: RunnableMethod, onHandlerError: HandlerErrorListener) {
    this.call = call;
    this.method = method;
    this.onHandlerError = onHandlerError;
  }

  abstract run(request: unknown): void;
  abstract onStop(reason: unknown): void;
  abstract onDrain(): void;

  onMessage(bytes: Uint8Array): void {
    if (this.#request === undefined) this.#request = bytes;
    else this.call.finish(new GrpcStatusError(GrpcCode.internal, 'cardinality violation: more than one request message'));
  }

  onHalfClose(): void {
    const bytes = this.#request;
    this.#request = undefined;
    if (bytes === undefined) {
      this.call.finish(new GrpcStatusError(GrpcCode.internal, 'cardinality violation: no request message'));
      return;
    }
    let request: unknown;
    try {
      request = this.method.request.decode(bytes);
    } catch (error) {
      this.call.finish(unreadable(error));
      return;
    }
    this.run(request);
  }
}

/** Runs a unary method; a handler that answers at once costs no promise. */
export class UnaryRunner extends SingleRequestRunner {
  readonly handler: UnaryHandler<unknown, unknown>;

  constructor(
    call: ServerStreamCall,
    method: RunnableMethod,
    onHandlerError: HandlerErrorListener,
    handler: UnaryHandler<unknown, unknown>,
  ) {
    super(call, method, onHandlerError);
    this.handler = handler;
  }

  override run(request: unknown): void {
    try {
      const response = this.handler(request, this.call);
      if (isPromise(response))
        response.then((value) => this.#answer(value)).catch((error) => endWithError(this.call, error, this.onHandlerError));
      else this.#answer(response);
    } catch (error) {
      endWithError(this.call, error, this.onHandlerError);
    }
  }

  #answer(response: unknown): void {
    if (this.call.over) disposeReply(response);
    else this.call.finishWith(encodeReply(this.method.response, response));
  }

  override onStop(): void {}
  override onDrain(): void {}
}

/** Runs a server stream, no faster than the client reads. */
export class ServerStreamRunner extends SingleRequestRunner {
  readonly handler: ServerStreamHandler<unknown, unknown>;
  readonly #sender: ResponseSender;

  constructor(
    call: ServerStreamCall,
    method: RunnableMethod,
    onHandlerError: HandlerErrorListener,
    handler: ServerStreamHandler<unknown, unknown>,
  ) {
    super(call, method, onHandlerError);
    this.handler = handler;
    this.#sender = new ResponseSender(call, method, onHandlerError);
  }

  override run(request: unknown): void {
    void this.#sender.sendAll(() => this.handler(request, this.call));
  }

  override onStop(): void {
    this.#sender.release();
  }

  override onDrain(): void {
    this.#sender.release();
  }
}

/** Runs a duplex method: the handler starts with the head of the request. */
export class DuplexRunner implements MethodRunner {
  readonly #inbox: Inbox<unknown>;
  readonly #sender: ResponseSender;

  constructor(
    call: ServerStreamCall,
    method: RunnableMethod,
    onHandlerError: HandlerErrorListener,
    handler: DuplexHandler<unknown, unknown>,
  ) {
    this.#inbox = new Inbox(call, { codec: method.request, onLeave: () => undefined });
    this.#sender = new ResponseSender(call, method, onHandlerError);
    // After this turn, so that the call has its runner before the handler can answer.
    queueMicrotask(() => void this.#sender.sendAll(() => handler(this.#inbox, call)));
  }

  onMessage(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
  }

  onHalfClose(): void {
    this.#inbox.close();
  }

  onStop(reason: unknown): void {
    this.#inbox.abort(reason);
    this.#sender.release();
  }

  onDrain(): void {
    this.#sender.release();
  }
}

/** What a handler yields without waiting goes out in bursts of so many bytes; between them others have their turn. */
const LARGEST_BURST = 256 << 10;
/** Bytes that a message counts beside its own, for the time it takes. */
const MESSAGE_WEIGHT = 256;

/** Sends what a handler yields, waiting when the client reads slowly. */
class ResponseSender {
  readonly #call: ServerStreamCall;
  readonly #method: RunnableMethod;
  readonly #onHandlerError: HandlerErrorListener;
  #resume: (() => void) | undefined;
  /** Bytes since the last wait. */
  #burst = 0;

  constructor(call: ServerStreamCall, method: RunnableMethod, onHandlerError: HandlerErrorListener) {
    this.#call = call;
    this.#method = method;
    this.#onHandlerError = onHandlerError;
  }

  async sendAll(open: () => Replies<unknown>): Promise<void> {
    const call = this.#call;
    try {
      const replies = open();
      if (Symbol.asyncIterator in replies) {
        for await (const reply of replies) {
          const wait = this.#send(reply);
          if (wait !== undefined) await wait;
          if (call.over) break;
        }
      } else {
        for (const reply of replies) {
          const wait = this.#send(reply);
          if (wait !== undefined) await wait;
          if (call.over) break;
        }
      }
      call.finish();
    } catch (error) {
      endWithError(call, error, this.#onHandlerError);
    }
  }

  /** Returns what to wait for before the next one, if anything. */
  #send(reply: unknown): Promise<unknown> | undefined {
    const call = this.#call;
    if (call.over) {
      disposeReply(reply);
      return undefined;
    }
    const message = encodeReply(this.#method.response, reply);
    this.#burst += message.length + MESSAGE_WEIGHT;
    const mustWait = !call.send(message) && !call.isClosed;
    if (!mustWait && this.#burst < LARGEST_BURST) return undefined;
    this.#burst = 0;
    if (!mustWait) return new Promise(setImmediate);
    return new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  /** The client has read, or the call is over. */
  release(): void {
    this.#resume?.();
    this.#resume = undefined;
  }
}

/** Ends a call with what its handler threw. An abort of a call that is over is how handlers stop, and no news. */
function endWithError(call: ServerStreamCall, error: unknown, onHandlerError: HandlerErrorListener): void {
  const name = error instanceof Error ? error.name : '';
  const isNews = !(call.over && (name === 'AbortError' || name === 'TimeoutError'));
  if (error instanceof GrpcStatusError) {
    call.finish(error);
    return;
  }
  call.finish(new GrpcStatusError(codeOf(name), error instanceof Error ? String(error.message) : String(error)));
  if (isNews && onHandlerError !== undefined) tell(onHandlerError, error, call);
}

/** We may be inside the parser here, so that a listener that throws would cost the whole connection. */
function tell(onHandlerError: NonNullable<HandlerErrorListener>, error: unknown, call: ServerCall): void {
  try {
    onHandlerError(error, call);
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  }
}

function codeOf(errorName: string): GrpcCode {
  switch (errorName) {
    case 'AbortError':
      return GrpcCode.cancelled;
    case 'TimeoutError':
      return GrpcCode.deadlineExceeded;
    default:
      return GrpcCode.unknown;
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
