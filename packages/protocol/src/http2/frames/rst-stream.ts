import type { ConnectionState } from '../connection-state.ts';
import { Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { countReset } from '../flood.ts';
import { abortStream, assertNotIdle } from '../stream-life.ts';

/** RST_STREAM, RFC 9113 section 6.4. */
export function receiveRstStream(connection: ConnectionState, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (end - start !== 4) throw new Http2Error(Http2Code.frameSizeError, `RST_STREAM of ${end - start} bytes`);
  assertNotIdle(connection, streamId, 'RST_STREAM');
  connection.counters.resetsReceived++;
  countReset(connection);
  const stream = connection.streams.get(streamId);
  if (stream !== undefined) abortStream(connection, stream, { kind: 'reset', code: bytes.readUInt32BE(start) });
}
