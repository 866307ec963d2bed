import type { ConnectionState } from '../connection-state.ts';
import { Http2Code, LARGEST_WINDOW } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { assertNotIdle, violateStream, wakeStream } from '../stream-life.ts';

/** WINDOW_UPDATE, RFC 9113 section 6.9. */
export function receiveWindowUpdate(connection: ConnectionState, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (end - start !== 4) throw new Http2Error(Http2Code.frameSizeError, `WINDOW_UPDATE of ${end - start} bytes`);
  const increment = bytes.readUInt32BE(start) & 0x7fffffff;
  if (streamId === 0) {
    growConnectionWindow(connection, increment);
    return;
  }
  const stream = connection.streams.get(streamId);
  if (stream === undefined) {
    assertNotIdle(connection, streamId, 'WINDOW_UPDATE');
    return;
  }
  stream.sendWindow += increment;
  if (increment === 0) violateStream(connection, stream, Http2Code.protocolError, 'WINDOW_UPDATE of 0');
  else if (stream.sendWindow > LARGEST_WINDOW) violateStream(connection, stream, Http2Code.flowControlError, 'window above 2^31-1');
  else wakeStream(connection, stream);
}

function growConnectionWindow(connection: ConnectionState, increment: number): void {
  if (increment === 0) throw new Http2Error(Http2Code.protocolError, 'WINDOW_UPDATE of 0');
  connection.sendWindow += increment;
  if (connection.sendWindow > LARGEST_WINDOW) throw new Http2Error(Http2Code.flowControlError, 'window above 2^31-1');
  if (connection.readyHead < connection.ready.length) connection.wake();
}
