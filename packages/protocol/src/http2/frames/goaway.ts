import type { ConnectionState } from '../connection-state.ts';
import { Http2Code, http2CodeName } from '../constants.ts';
import { finish } from '../ending.ts';
import { Http2Error } from '../errors.ts';
import { abortStream, refuseWaiting } from '../stream-life.ts';

/** Octets before the debug data: last stream id (32), error code (32). */
const HEAD_BYTES = 8;
/** Debug data beyond this is not repeated. */
const MOST_DEBUG_BYTES = 200;

/** GOAWAY, RFC 9113 section 6.8: streams above the last id were not seen, so that a caller may try them elsewhere. */
export function receiveGoaway(connection: ConnectionState, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (streamId !== 0) throw new Http2Error(Http2Code.protocolError, `GOAWAY on stream ${streamId}`);
  if (end - start < HEAD_BYTES) throw new Http2Error(Http2Code.frameSizeError, `GOAWAY of ${end - start} bytes`);
  const lastId = bytes.readUInt32BE(start) & 0x7fffffff;
  const code = bytes.readUInt32BE(start + 4);
  if (code !== Http2Code.noError) {
    const debug = bytes.toString('utf8', start + HEAD_BYTES, Math.min(end, start + HEAD_BYTES + MOST_DEBUG_BYTES));
    connection.goawayError = new Error(
      `the peer ended the connection: ${http2CodeName(code)}${debug === '' ? '' : ` ${JSON.stringify(debug)}`}`,
    );
  }
  connection.events.onGoaway?.(code);
  if (connection.role === 'server') return; // about pushed streams, of which there are none; the client closes the socket itself
  connection.goingAway = true;
  const unseen = [...connection.streams.values()].filter((stream) => stream.id > lastId);
  const reason = { kind: 'refused', code, by: 'peer' } as const;
  refuseWaiting(connection, reason);
  for (const stream of unseen) abortStream(connection, stream, reason);
  if (connection.streams.size === 0) finish(connection);
}
