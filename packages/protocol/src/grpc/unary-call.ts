import { type CallContext, ClientCall } from './client-call.ts';
import { unreadable } from './inbox.ts';
import type { Lease } from './message-lease.ts';
import { encodeRequest } from './outgoing.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { UnaryCallOptions, UnaryMethod } from './types.ts';

/** A call with one response. */
class UnaryCall extends ClientCall {
  reply: Uint8Array | undefined = undefined;
  readonly settle: (error: unknown, failed: boolean, reply: Uint8Array | undefined) => void;
  readonly lease: Lease | undefined;

  constructor(
    context: CallContext,
    lease: Lease | undefined,
    settle: (error: unknown, failed: boolean, reply: Uint8Array | undefined) => void,
  ) {
    super(context);
    this.settle = settle;
    this.lease = lease;
    lease?.callStarts();
  }

  override allocate(bytes: number): Buffer {
    return this.lease?.take(bytes) ?? super.allocate(bytes);
  }

  override onMessage(bytes: Uint8Array): void {
    if (this.reply === undefined) this.reply = bytes;
    else this.stop(new GrpcStatusError(GrpcCode.internal, 'cardinality violation: more than one message for a unary call'));
  }

  override onCallEnd(error: unknown, local: boolean): void {
    this.lease?.callEnds();
    this.settle(error, local || error !== undefined, this.reply);
  }

  override onDrain(): void {}
}

/** Makes a unary call; see Channel.unary. */
export function callUnary<Request, Response, RequestInit, ResponseInit>(
  context: CallContext,
  method: UnaryMethod<Request, Response, RequestInit, ResponseInit>,
  request: RequestInit,
  options: UnaryCallOptions | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const message = encodeRequest(method.request, request);
    const call = new UnaryCall(context, options?.lease as Lease | undefined, (error, failed, reply) => {
      if (failed) return reject(error);
      if (reply === undefined) return reject(new GrpcStatusError(GrpcCode.internal, 'cardinality violation: no message for a unary call'));
      try {
        resolve(method.response.decode(reply));
      } catch (cause) {
        reject(unreadable(cause));
      }
    });
    call.start(context, method.path, options);
    context.connection.sendMessage(call, message, 'data');
  });
}
