import type { ConnectionState } from './connection-state.ts';
import { Http2Code } from './constants.ts';
import { Http2Error } from './errors.ts';
import { type Http2Stream, StreamState } from './stream.ts';
import { violateStream } from './stream-life.ts';
import { sendWindowUpdate } from './write-frames.ts';

/**
 * Counts the payload of a DATA frame, padding included, against both windows.
 *
 * The connection gets its credit on receipt, so that a stream that nobody reads never stalls the others. A stream gets
 * it on delivery: here when it is not paused, in `resume` when it is.
 *
 * @returns whether the stream is still good
 */
export function countReceived(connection: ConnectionState, stream: Http2Stream | undefined, bytes: number, endStream: boolean): boolean {
  connection.receiveWindow -= bytes;
  if (connection.receiveWindow < 0) throw new Http2Error(Http2Code.flowControlError, 'DATA beyond the window of the connection');
  connection.credit += bytes;
  if (connection.credit > connection.options.connectionWindowBytes >>> 1) {
    connection.receiveWindow += connection.credit;
    sendWindowUpdate(connection, 0, connection.credit);
    connection.credit = 0;
  }
  if (stream === undefined) return false;
  stream.receiveWindow -= bytes;
  if (stream.receiveWindow < 0) {
    violateStream(connection, stream, Http2Code.flowControlError, 'DATA beyond the window of the stream');
    return false;
  }
  if (stream.paused) stream.owed += bytes;
  else if (!endStream) creditStream(connection, stream, bytes);
  return true;
}

/** Returns consumed bytes to the peer, half a window at a time. A stream that has ended needs none. */
export function creditStream(connection: ConnectionState, stream: Http2Stream, bytes: number): void {
  stream.credit += bytes;
  if (stream.credit <= connection.options.streamWindowBytes >>> 1) return;
  if (stream.state & (StreamState.remoteEnd | StreamState.closed)) return;
  stream.receiveWindow += stream.credit;
  sendWindowUpdate(connection, stream.id, stream.credit);
  stream.credit = 0;
}
