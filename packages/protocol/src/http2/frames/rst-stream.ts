import type { ConnectionState } from '../connection-state.ts';
import { Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { abortStream, assertNotIdle } from '../stream-life.ts';

/** RST_STREAM, RFC 9113 section 6.4. */
export function receiveRstStream(connection: ConnectionState, streamId: number, bytes: Buffer, start: number, end: number): void {
  if (end - start !== 4) throw new Http2Error(Http2Code.frameSizeError, `RST_STREAM of ${end - start} bytes`);
  assertNotIdle(connection, streamId, 'RST_STREAM');
  if (connection.role === 'server') countReset(connection);
  const stream = connection.streams.get(streamId);
  if (stream !== undefined) abortStream(connection, stream, { kind: 'reset', code: bytes.readUInt32BE(start) });
}

/** Bounds what "rapid reset" costs: streams opened and cancelled as fast as the peer can write. */
function countReset(connection: ConnectionState): void {
  const { maxResetBurst, resetRefillMs } = connection.options;
  if (connection.resetTokens < 1) {
    const nowMs = connection.options.nowMs();
    const refill = (nowMs - connection.resetRefilledAtMs) / resetRefillMs;
    connection.resetTokens = Math.min(maxResetBurst, connection.resetTokens + refill);
    connection.resetRefilledAtMs = nowMs;
    if (connection.resetTokens < 1) throw new Http2Error(Http2Code.enhanceYourCalm, `more than ${maxResetBurst} streams reset by the peer`);
  }
  connection.resetTokens--;
}
