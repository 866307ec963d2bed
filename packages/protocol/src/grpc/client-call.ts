import { type HeaderFields, type HeaderTemplate, Http2Code, type Http2Connection, type StreamAbort } from '../http2/index.ts';
import { MessageStream } from './message-stream.ts';
import { encodeMetadata, findField } from './metadata.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import { errorOfAbort, errorOfHead, errorOfTrailers } from './status-mapping.ts';
import { formatTimeout, startDeadline } from './timeout.ts';
import type { CallOptions } from './types.ts';

/** What calls of one channel share. */
export interface CallContext {
  readonly connection: Http2Connection;
  readonly maxReceiveBytes: number;
  /** Request head of a method, encoded once. */
  template(path: string): HeaderTemplate;
}

/**
 * A call on the client, whatever its kind: head, trailers, deadline, cancel.
 *
 * It ends once, in `end`: by trailers, by HTTP/2, by deadline or by its signal.
 */
export abstract class ClientCall extends MessageStream {
  ended = false;
  head: HeaderFields | undefined = undefined;
  signal: AbortSignal | undefined = undefined;
  deadlineAtMs = 0;
  timer: NodeJS.Timeout | undefined = undefined;
  onSignal: (() => void) | undefined = undefined;

  constructor(context: CallContext) {
    super(context.connection, 0);
    this.maxReceiveBytes = context.maxReceiveBytes;
  }

  /** The call is over. `local`: this side stopped it, so what has been received no longer counts. */
  abstract onCallEnd(error: unknown, local: boolean): void;

  /** Opens the stream. The call may end in here: an aborted signal, a connection that is gone. */
  start(context: CallContext, path: string, options: CallOptions | undefined): void {
    let extra: string[] | undefined;
    if (options !== undefined) {
      const { signal, timeoutMs, metadata } = options;
      if (signal?.aborted) {
        this.stop(signal.reason);
        return;
      }
      try {
        if (metadata !== undefined) extra = encodeMetadata(metadata);
      } catch (error) {
        this.stop(error);
        return;
      }
      if (timeoutMs !== undefined) {
        if (!(timeoutMs > 0)) {
          this.stop(deadlineExceeded());
          return;
        }
        extra = ['grpc-timeout', formatTimeout(timeoutMs), ...(extra ?? [])];
        this.deadlineAtMs = performance.now() + timeoutMs;
        this.timer = startDeadline(timeoutMs, () => this.stop(deadlineExceeded()));
      }
      if (signal !== undefined) {
        this.signal = signal;
        this.onSignal = () => this.stop(signal.reason);
        signal.addEventListener('abort', this.onSignal);
      }
    }
    this.connection.open(this, context.template(path), extra?.length === 0 ? undefined : extra);
  }

  /** Ends the call from this side: the peer gets RST_STREAM CANCEL if it knows the call, and nothing more is sent. */
  stop(error: unknown): void {
    if (this.ended) return;
    this.connection.reset(this, Http2Code.cancel);
    this.end(error, true);
  }

  end(error: unknown, local: boolean): void {
    if (this.ended) return;
    this.ended = true;
    this.dropMessage();
    if (this.timer !== undefined) clearTimeout(this.timer);
    if (this.onSignal !== undefined) this.signal?.removeEventListener('abort', this.onSignal);
    this.onCallEnd(error, local);
  }

  override isOver(): boolean {
    return this.ended;
  }

  override messageEncoding(): string | undefined {
    return this.head === undefined ? undefined : findField(this.head, 'grpc-encoding');
  }

  override onHeaders(fields: HeaderFields | undefined, endStream: boolean): void {
    if (fields === undefined) {
      this.stop(new GrpcStatusError(GrpcCode.internal, 'the peer sent more header fields than this side takes'));
      return;
    }
    if (this.head === undefined) {
      this.head = fields;
      const error = errorOfHead(fields);
      if (error !== undefined && !(endStream && findField(fields, 'grpc-status') !== undefined)) {
        this.stop(error);
        return;
      }
    }
    if (!endStream) return;
    const error = errorOfTrailers(fields);
    if (error === undefined && this.isInsideMessage) {
      this.end(halfMessage(), false);
      return;
    }
    this.end(error, false);
  }

  override onEnd(): void {
    this.stop(new GrpcStatusError(GrpcCode.internal, 'server closed the stream without sending trailers'));
  }

  override onAbort(reason: StreamAbort): void {
    const error = errorOfAbort(reason);
    // A server that cancels at the deadline may be faster than our timer.
    const late = this.deadlineAtMs > 0 && performance.now() >= this.deadlineAtMs;
    this.end(late && error.code === GrpcCode.cancelled ? deadlineExceeded() : error, false);
  }

  override onBadMessage(error: GrpcStatusError): void {
    this.stop(error);
  }
}

const deadlineExceeded = () => new GrpcStatusError(GrpcCode.deadlineExceeded, 'context deadline exceeded');
const halfMessage = () => new GrpcStatusError(GrpcCode.internal, 'the stream ended inside a message (unexpected EOF)');
