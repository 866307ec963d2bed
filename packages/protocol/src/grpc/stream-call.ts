import { type CallContext, ClientCall } from './client-call.ts';
import { Inbox } from './inbox.ts';
import { encodeRequest } from './outgoing.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { CallOptions, Codec, DuplexCall, DuplexMethod, ResponseStream, ServerStreamMethod } from './types.ts';

/** For a call that somebody runs around. */
export interface StreamCallOptions extends CallOptions {
  /** The call is over: with an error, or well. */
  readonly onEnd?: (error: unknown) => void;
}

interface SendWaiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What matters of a method to those who read its responses. */
interface StreamMethod<Response> {
  readonly response: Codec<Response, never>;
  readonly background?: boolean;
}

/** A call with any number of responses, and any number of requests. */
class StreamCall<Response> extends ClientCall {
  readonly inbox: Inbox<Response>;
  /** Senders that wait for the peer to read. */
  sendWaiters: SendWaiter[] = [];
  outcome: unknown = undefined;

  readonly onEndOfCall: ((error: unknown) => void) | undefined;

  constructor(context: CallContext, method: StreamMethod<Response>, options: StreamCallOptions | undefined) {
    super(context);
    this.background = method.background === true;
    this.onEndOfCall = options?.onEnd;
    this.inbox = new Inbox(this, { codec: method.response, onLeave: () => this.stop(cancelled()) });
  }

  override onMessage(bytes: Uint8Array): void {
    this.inbox.push(bytes);
  }

  override onPassingMessage(bytes: Buffer, start: number, end: number): void {
    if (!this.inbox.readAtOnce(bytes, start, end)) super.onPassingMessage(bytes, start, end);
  }

  override onCallEnd(error: unknown, local: boolean): void {
    this.outcome = error;
    if (local) this.inbox.abort(error);
    else this.inbox.close(error);
    for (const waiter of this.sendWaiters.splice(0)) waiter.reject(error ?? hasEnded());
    this.onEndOfCall?.(error);
  }

  override onDrain(): void {
    for (const waiter of this.sendWaiters.splice(0)) waiter.resolve();
  }
}

/** Starts a server stream; see Channel.serverStream. */
export function callServerStream<Request, Response, RequestInit, ResponseInit>(
  context: CallContext,
  method: ServerStreamMethod<Request, Response, RequestInit, ResponseInit>,
  request: RequestInit,
  options: StreamCallOptions | undefined,
): ResponseStream<Response> {
  const message = encodeRequest(method.request, request);
  const call = new StreamCall<Response>(context, method, options);
  call.start(context, method.path, options);
  context.connection.sendMessage(call, message, 'data');
  return call.inbox;
}

/** Starts a duplex call; see Channel.duplex. */
export function callDuplex<Request, Response, RequestInit, ResponseInit>(
  context: CallContext,
  method: DuplexMethod<Request, Response, RequestInit, ResponseInit>,
  options: StreamCallOptions | undefined,
): DuplexCall<RequestInit, Response> {
  const { connection } = context;
  const call = new StreamCall<Response>(context, method, options);
  call.start(context, method.path, options);
  let sendClosed = false;
  return {
    async send(message: RequestInit): Promise<void> {
      if (sendClosed) throw new GrpcStatusError(GrpcCode.failedPrecondition, 'send after closeSend');
      if (call.ended) throw call.outcome ?? hasEnded();
      if (connection.sendMessage(call, encodeRequest(method.request, message))) return;
      if (call.ended) throw call.outcome ?? hasEnded();
      await new Promise<void>((resolve, reject) => {
        call.sendWaiters.push({ resolve, reject });
      });
    },
    closeSend(): void {
      sendClosed = true;
      connection.end(call, 'data');
    },
    cancel(): void {
      call.stop(cancelled());
    },
    batches: () => call.inbox.batches(),
    [Symbol.asyncIterator]: () => call.inbox,
  };
}

const cancelled = () => new GrpcStatusError(GrpcCode.cancelled, 'context canceled');
const hasEnded = () => new GrpcStatusError(GrpcCode.failedPrecondition, 'the call has ended');
