import type { ConnectionState } from './connection-state.ts';
import { Http2Code, LARGEST_STREAM_ID } from './constants.ts';
import { finishIfDone } from './stream-life.ts';
import { sendGoaway, sendPing } from './write-frames.ts';

/**
 * Takes no new streams, and ends once the open ones have.
 *
 * A client just opens no more. A server goes in two steps, RFC 9113 section 6.8, as grpc-go does: GOAWAY with the largest
 * id tells the client to stop, and a PING comes back behind the streams that were on their way; then the true last id.
 */
export function drain(connection: ConnectionState): void {
  if (connection.ended || connection.goingAway || connection.draining) return;
  connection.draining = true;
  if (connection.role === 'client') {
    finishIfDone(connection);
    return;
  }
  sendGoaway(connection, Http2Code.noError, LARGEST_STREAM_ID);
  sendPing(connection);
  connection.wake();
}

/** The acknowledgement of the PING is here: every stream that the client opened before it knew has come. */
export function drained(connection: ConnectionState): void {
  if (connection.role === 'client' || !connection.draining || connection.goingAway) return;
  connection.goingAway = true;
  sendGoaway(connection, Http2Code.noError);
  connection.wake();
  finishIfDone(connection);
}
