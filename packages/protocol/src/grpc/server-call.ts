import {
  type HeaderFields,
  HeaderTemplate,
  type Http2Connection,
  MessageParts,
  type OutgoingMessage,
  type StreamAbort,
  type StreamEnding,
  StreamState,
} from '../http2/index.ts';
import { MessageStream } from './message-stream.ts';
import { encodeBinary, findField, ReceivedMetadata } from './metadata.ts';
import { encodePercent } from './percent.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import { isGrpcContentType } from './status-mapping.ts';
import { parseTimeout, startDeadline } from './timeout.ts';
import type { Metadata, ServerCall } from './types.ts';

/** What stays of a message that the client would not take as a whole. */
const MOST_CUT_CHARACTERS = 200;

/** What runs a method: told of the request's messages in turn. One per call. */
export interface MethodRunner {
  onMessage(bytes: Uint8Array): void;
  /** The client has sent its last message. */
  onHalfClose(): void;
  /** The call is over before its time. */
  onStop(reason: unknown): void;
  /** The client has read, so that the runner may send again. */
  onDrain(): void;
}

/** What the calls of one connection share. */
export interface ServerCallContext {
  readonly maxReceiveBytes: number;
  readonly head: HeaderTemplate;
  readonly okTrailers: StreamEnding;
  /** Chooses the runner by path. Throws GrpcStatusError `unimplemented`. */
  route(call: ServerStreamCall): MethodRunner;
}

/** A call on the server: its stream, and what its handler knows of it. */
export class ServerStreamCall extends MessageStream implements ServerCall {
  path = '';
  deadlineAtMs: number | undefined = undefined;
  readonly context: ServerCallContext;
  fields: HeaderFields = [];
  runner: MethodRunner | undefined = undefined;
  /** Nothing more is sent or wanted. */
  over = false;
  timer: NodeJS.Timeout | undefined = undefined;
  receivedMetadata: Metadata | undefined = undefined;
  controller: AbortController | undefined = undefined;
  stopReason: unknown = undefined;

  constructor(connection: Http2Connection, id: number, context: ServerCallContext) {
    super(connection, id);
    this.context = context;
    this.maxReceiveBytes = context.maxReceiveBytes;
  }

  get metadata(): Metadata {
    this.receivedMetadata ??= new ReceivedMetadata(this.fields);
    return this.receivedMetadata;
  }

  /** Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.stopReason !== undefined) this.controller.abort(this.stopReason);
    }
    return this.controller.signal;
  }

  override isOver(): boolean {
    return this.over;
  }

  override messageEncoding(): string | undefined {
    return findField(this.fields, 'grpc-encoding');
  }

  override onHeaders(fields: HeaderFields | undefined, endStream: boolean): void {
    this.fields = fields ?? [];
    this.path = findField(this.fields, ':path') ?? '';
    const refusal = findRefusal(this.fields);
    if (refusal !== undefined) {
      this.refuse(refusal.httpStatus, refusal.error);
      return;
    }
    const timeout = findField(this.fields, 'grpc-timeout');
    if (timeout !== undefined) this.#startDeadline(parseTimeout(timeout) ?? 0);
    try {
      this.runner = this.context.route(this);
    } catch (error) {
      this.finish(error as GrpcStatusError);
      return;
    }
    if (endStream) this.onEnd();
  }

  override onMessage(bytes: Uint8Array): void {
    this.runner?.onMessage(bytes);
  }

  override onEnd(): void {
    if (this.over) return;
    if (this.isInsideMessage)
      this.onBadMessage(new GrpcStatusError(GrpcCode.internal, 'the request ended inside a message (unexpected EOF)'));
    else this.runner?.onHalfClose();
  }

  override onAbort(reason: StreamAbort): void {
    if (this.over) return; // the handler has finished; only its last bytes were on their way
    const text = reason.kind === 'connection' ? `call ended: ${reason.error.message}` : 'call cancelled by the client';
    this.stop(new DOMException(text, 'AbortError'));
  }

  override onDrain(): void {
    this.runner?.onDrain();
  }

  override onBadMessage(error: GrpcStatusError): void {
    this.finish(error);
    this.stop(error);
  }

  /** Whether the stream takes no more messages. */
  get isClosed(): boolean {
    return (this.state & (StreamState.closed | StreamState.localEnd)) !== 0;
  }

  /** Sends a message, after the head when it is the first. False: wait for `onDrain`. */
  send(message: OutgoingMessage, ending?: StreamEnding): boolean {
    if (this.over) {
      if (message instanceof MessageParts) message.release();
      return true;
    }
    if ((this.state & StreamState.sentHead) === 0) this.connection.sendHead(this, this.context.head, undefined, false);
    return this.connection.sendMessage(this, message, ending);
  }

  /** Sends the only message and OK. */
  finishWith(message: OutgoingMessage): void {
    this.send(message, this.context.okTrailers);
    this.release();
  }

  /** Sends the final status: OK without an error. */
  finish(error?: GrpcStatusError): void {
    if (this.over) return;
    if (error === undefined) {
      if ((this.state & StreamState.sentHead) === 0) this.connection.sendHead(this, this.context.head, undefined, false);
      this.connection.end(this, this.context.okTrailers);
    } else {
      const hasHead = (this.state & StreamState.sentHead) !== 0;
      const template = fittingStatus(this.connection, hasHead ? [] : this.context.head.fields, error);
      if (hasHead) this.connection.end(this, { template, extra: undefined });
      else this.connection.sendHead(this, template, undefined, true); // "trailers-only"
    }
    this.release();
  }

  /** Answers what is no gRPC with an HTTP status and the reason. */
  refuse(httpStatus: number, error: GrpcStatusError): void {
    const head = [':status', String(httpStatus), 'content-type', 'application/grpc', ...statusFields(error)];
    this.connection.sendHead(this, perCall(head), undefined, true);
    this.release();
  }

  /** The call is over before its time: tells the handler. */
  stop(reason: unknown): void {
    if (this.stopReason !== undefined) return;
    this.stopReason = reason;
    this.release();
    this.controller?.abort(reason);
    this.runner?.onStop(reason);
  }

  release(): void {
    this.over = true;
    this.dropMessage();
    if (this.timer !== undefined) clearTimeout(this.timer);
  }

  #startDeadline(timeoutMs: number): void {
    this.deadlineAtMs = Date.now() + timeoutMs;
    this.timer = startDeadline(timeoutMs, () => {
      this.finish(new GrpcStatusError(GrpcCode.deadlineExceeded, 'context deadline exceeded'));
      this.stop(new DOMException('deadline exceeded', 'TimeoutError'));
    });
  }
}

/** Texts and statuses as grpc-go's. */
function findRefusal(fields: HeaderFields): { httpStatus: number; error: GrpcStatusError } | undefined {
  const contentType = findField(fields, 'content-type');
  if (!isGrpcContentType(contentType)) {
    const text = `invalid gRPC request content-type ${JSON.stringify(contentType ?? '')}`;
    return { httpStatus: 415, error: new GrpcStatusError(GrpcCode.invalidArgument, text) };
  }
  const method = findField(fields, ':method');
  if (method !== 'POST') {
    const text = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
    return { httpStatus: 405, error: new GrpcStatusError(GrpcCode.internal, text) };
  }
  const timeout = findField(fields, 'grpc-timeout');
  if (timeout !== undefined && parseTimeout(timeout) === undefined) {
    return { httpStatus: 400, error: new GrpcStatusError(GrpcCode.internal, `malformed grpc-timeout: ${JSON.stringify(timeout)}`) };
  }
  return undefined;
}

/** Fields that end a call. Of what is more than the client takes, the details go first, then most of the message. */
function fittingStatus(connection: Http2Connection, head: HeaderFields, error: GrpcStatusError): HeaderTemplate {
  const full = perCall([...head, ...statusFields(error)]);
  if (connection.takesHeaders(full, undefined)) return full;
  const bare = perCall([...head, ...statusFields(new GrpcStatusError(error.code, error.message))]);
  if (connection.takesHeaders(bare, undefined)) return bare;
  const text = `${error.message.slice(0, MOST_CUT_CHARACTERS)}…`;
  return perCall([...head, ...statusFields(new GrpcStatusError(error.code, text))]);
}

function statusFields(error: GrpcStatusError): string[] {
  const fields = ['grpc-status', String(error.code), 'grpc-message', encodePercent(error.message)];
  return error.details === undefined ? fields : [...fields, 'grpc-status-details-bin', encodeBinary(error.details)];
}

const perCall = (fields: string[]) => new HeaderTemplate(fields, { lasting: false });
