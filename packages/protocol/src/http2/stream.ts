import type { HeaderTemplate } from './header-template.ts';
import type { HeaderFields } from './hpack/index.ts';
import type { MessageParts } from './message-parts.ts';
import type { Http2Options } from './options.ts';

/** Bits of a stream's state. The states of RFC 9113 section 5.1 are combinations of them. */
export const StreamState = {
  localEnd: 1,
  remoteEnd: 2,
  /** Forgotten by the connection: nothing is sent or told any more. */
  closed: 4,
  gotHead: 8,
  sentHead: 16,
  /** Client: waits for the peer's limit of concurrent streams. */
  waiting: 32,
} as const;

/** Why a stream ended before its time. */
export type StreamAbort =
  /** The peer sent RST_STREAM. */
  | { readonly kind: 'reset'; readonly code: number }
  /** The peer broke a rule on this stream, and we sent RST_STREAM with this code. */
  | { readonly kind: 'violation'; readonly code: number; readonly what: string }
  /** Client: never opened, or never seen by the peer: the peer goes away, this side does, or no stream id is left. */
  | { readonly kind: 'refused'; readonly code: number; readonly by: 'peer' | 'self' | 'ids' }
  /** Client: never opened, for the peer takes no header list as large as this one. */
  | { readonly kind: 'headersTooLarge'; readonly bytes: number; readonly maxBytes: number }
  /** The connection is gone. */
  | { readonly kind: 'connection'; readonly error: Error };

/** Trailers that go out when all messages of a stream have gone. */
export interface Trailers {
  readonly template: HeaderTemplate;
  /** Fields of this call alone. */
  readonly extra: HeaderFields | undefined;
}

/** What ends this side of a stream once its queue is empty: END_STREAM on the last DATA frame, or trailers. */
export type StreamEnding = 'data' | Trailers;

/** What a new stream takes over from its connection. */
export interface StreamHome {
  readonly options: Http2Options;
  readonly peerStreamWindow: number;
}

/**
 * One stream: the only record that a call costs, extended by the layer above with the call's own fields.
 *
 * Fields are set in one order on both sides, so that the engine sees one hidden class per kind of call. They belong to
 * this room; others use the methods of Http2Connection. The `on…` methods are the events, and must not throw.
 */
export abstract class Http2Stream {
  /** 0 until the stream has been opened. */
  id: number;
  state = 0;
  // receiving
  receiveWindow: number;
  /** Consumed, not yet returned to the peer. */
  credit = 0;
  /** Received while paused. */
  owed = 0;
  paused = false;
  /** Declared content-length, or -1, and what came of it. */
  expectedBytes = -1;
  receivedBytes = 0;
  // sending
  sendWindow: number;
  /** Messages that wait; the first has been sent up to `sendOffset`, which starts at -5: its prefix. */
  sendQueue: (Uint8Array | MessageParts)[] | undefined = undefined;
  sendOffset = -5;
  queuedBytes = 0;
  ready = false;
  needsDrain = false;
  ending: StreamEnding | undefined = undefined;
  /** Client: the head that waits with the stream. */
  waitingHead: Trailers | undefined = undefined;
  /** A connection that drains does not wait for it. */
  background = false;

  constructor(connection: StreamHome, id: number) {
    this.id = id;
    this.receiveWindow = connection.options.streamWindowBytes;
    this.sendWindow = connection.peerStreamWindow;
  }

  /** A header block: request or response head first, then trailers. `fields` is undefined when the list was too large. */
  abstract onHeaders(fields: HeaderFields | undefined, endStream: boolean): void;
  /** Payload octets `start` to `end` of `bytes`, which may be reused later unless `connection.inputOwned`. */
  abstract onData(bytes: Buffer, start: number, end: number): void;
  /** The peer ended its side with a DATA frame. */
  abstract onEnd(): void;
  /** The stream is over before its time. Nothing follows. */
  abstract onAbort(reason: StreamAbort): void;
  /** The sender that was told to wait may go on. */
  abstract onDrain(): void;
}
