import type { ConnectionState } from './connection-state.ts';
import { Http2Code } from './constants.ts';
import { Http2Error } from './errors.ts';
import { HpackError } from './hpack/index.ts';
import { type StreamAbort, StreamState } from './stream.ts';
import { sendGoaway } from './write-frames.ts';

/** Ends the connection for good; all its streams are aborted. A peer at fault is told by GOAWAY. */
export function fail(connection: ConnectionState, cause: Error): void {
  if (connection.ended) return;
  const error = cause instanceof HpackError ? new Http2Error(Http2Code.compressionError, cause.message, { cause }) : cause;
  connection.ended = true;
  connection.endError = error;
  if (error instanceof Http2Error) sendGoaway(connection, error.code);
  abortAll(connection, error);
  connection.port?.end(error instanceof Http2Error);
  connection.events.onClosed(error);
}

/** The socket is gone. `error` is what it said, if anything. */
export function disconnect(connection: ConnectionState, error: Error | undefined): void {
  if (connection.ended) return;
  connection.ended = true;
  const told = error ?? connection.goawayError;
  connection.endError = told ?? new Error('connection closed by the peer');
  abortAll(connection, connection.endError);
  connection.port?.end(false);
  connection.events.onClosed(told);
}

function abortAll(connection: ConnectionState, error: Error): void {
  const reason: StreamAbort = { kind: 'connection', error };
  const streams = [...connection.streams.values(), ...connection.waiting];
  connection.streams.clear();
  connection.waiting.clear();
  connection.counters.queuedBytes = 0;
  for (const stream of streams) {
    if (stream.state & StreamState.closed) continue;
    stream.state |= StreamState.closed;
    if (stream.sendQueue !== undefined) connection.output.releaseWritten(stream.sendQueue);
    stream.onAbort(reason);
  }
}

/** Ends a connection that has no streams left but those of the background. */
export function finish(connection: ConnectionState): void {
  if (connection.ended) return;
  connection.ended = true;
  connection.endError = connection.goawayError;
  abortAll(connection, connection.goawayError ?? new Error('the connection was drained'));
  connection.port?.end(true);
  connection.events.onClosed(connection.goawayError);
}
