import type { Http2Connection } from '../connection.ts';
import { FrameType, Http2Code } from '../constants.ts';
import { finish } from '../ending.ts';
import { Http2Error } from '../errors.ts';
import { abortStream } from '../stream-life.ts';

/** Octets before the debug data: last stream id (32), error code (32). */
const HEAD_BYTES = 8;

/** Tells the peer why, and which of its streams we have seen. */
export function sendGoaway(connection: Http2Connection, code: number): void {
  const { output } = connection;
  const at = output.frameHeader(output.reserve(9 + HEAD_BYTES), HEAD_BYTES, FrameType.goaway, 0, 0);
  output.slab.writeUInt32BE(connection.lastPeerStreamId, at);
  output.position = output.slab.writeUInt32BE(code, at + 4);
}

/** GOAWAY, RFC 9113 section 6.8: streams above the last id were not seen, so that a caller may try them elsewhere. */
export function receiveGoaway(connection: Http2Connection, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (streamId !== 0) throw new Http2Error(Http2Code.protocolError, `GOAWAY on stream ${streamId}`);
  if (end - start < HEAD_BYTES) throw new Http2Error(Http2Code.frameSizeError, `GOAWAY of ${end - start} bytes`);
  const lastId = bytes.readUInt32BE(start) & 0x7fffffff;
  const code = bytes.readUInt32BE(start + 4);
  connection.goingAway = true;
  if (connection.role === 'client') {
    const unseen = [...connection.streams.values()].filter((stream) => stream.id > lastId);
    for (const stream of [...unseen, ...connection.waiting]) abortStream(connection, stream, { kind: 'refused', code });
  }
  if (connection.ended) return;
  connection.events.onGoaway?.(code);
  if (connection.streams.size === 0) finish(connection);
}
