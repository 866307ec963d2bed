import type { ConnectionState } from '../connection-state.ts';
import { Flag, FrameType, Http2Code } from '../constants.ts';
import { drained } from '../drain.ts';
import { Http2Error } from '../errors.ts';
import { countControl } from '../write-frames.ts';

const PING_BYTES = 8;

/**
 * PING, RFC 9113 section 6.7: acknowledged at once, since grpc-go grows its windows by how fast that is.
 *
 * A client never sends a PING: grpc-go punishes it with ENHANCE_YOUR_CALM. A server sends one when it drains.
 */
export function receivePing(connection: ConnectionState, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (end - start !== PING_BYTES) throw new Http2Error(Http2Code.frameSizeError, `PING of ${end - start} bytes`);
  if (streamId !== 0) throw new Http2Error(Http2Code.protocolError, `PING on stream ${streamId}`);
  if (flags & Flag.ack) {
    drained(connection);
    return;
  }
  const { output } = connection;
  const at = output.frameHeader(output.reserve(9 + PING_BYTES), PING_BYTES, FrameType.ping, Flag.ack, 0);
  bytes.copy(output.slab, at, start, end);
  output.position = at + PING_BYTES;
  countControl(connection, 9 + PING_BYTES);
}
