import type { Http2Stream } from './stream.ts';

/** What a connection tells the layer above, beside the events of its streams. None of these may throw. */
export interface Http2Events {
  /** Server: makes the record of a stream that the peer opens; its `onHeaders` comes next. */
  createStream?(id: number): Http2Stream;
  /** The peer's first SETTINGS are here: it speaks HTTP/2. */
  onReady?(): void;
  /** Client: few stream ids are left, or none. Told again and again, so that a new connection can be tried again. */
  onIdsLow?(): void;
  /** The peer goes away; streams that it has not seen have been aborted. */
  onGoaway?(code: number): void;
  /** The connection is over, told once; the event of the stream that was its last may follow. `error` is undefined after a clean end. */
  onClosed(error: Error | undefined): void;
}

/** What a connection asks of its socket driver. */
export interface OutputPort {
  /** There is output: take it at the end of this tick. */
  wake(): void;
  /** There is much output: take it now. */
  flush(): void;
  /** Nothing follows what has been taken. `graceful`: what waits may still go out; else drop the socket at once. */
  end(graceful: boolean): void;
}

/** Sees the octets of a connection as they come and go, before anything is made of them. Must not keep or change them, nor throw. */
export interface WireTap {
  received(bytes: Uint8Array, length: number): void;
  sent(chunks: readonly Uint8Array[]): void;
}
