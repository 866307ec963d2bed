import type { ConnectionState } from './connection-state.ts';
import { Http2Code } from './constants.ts';
import { Http2Error } from './errors.ts';

/** What a DATA frame of ours earns the peer: grpc-go answers one with up to a PING and two WINDOW_UPDATEs. */
const EARNED_BY_DATA = 4;
/** A DATA frame that small window updates have cut this small earns nothing, unless it ends its message. */
const SMALLEST_EARNING_BYTES = 1 << 10;

/**
 * Counts a frame of the peer that moves no call on: SETTINGS, PING, WINDOW_UPDATE, PRIORITY, empty DATA, unknown types.
 *
 * Each is cheap to send and costs us more. Genuine peers send them in answer to our DATA, which earns them as many.
 */
export function countIdleFrame(connection: ConnectionState, cost = 1): void {
  if (connection.idleFrames.take(cost)) return;
  throw new Http2Error(Http2Code.enhanceYourCalm, `more than ${connection.options.maxIdleFrames} frames that move no call on`);
}

/** A DATA frame of ours has been written. */
export function earnIdleFrames(connection: ConnectionState, bytes: number, lastOfMessage: boolean): void {
  if (lastOfMessage || bytes >= SMALLEST_EARNING_BYTES) connection.idleFrames.give(EARNED_BY_DATA + (bytes >>> 10));
}

/**
 * Server: counts a stream that ended by the peer's RST_STREAM or fault. Each that ends well earns one.
 *
 * It bounds what "rapid reset" costs, and its mirror, where the peer's faults make us reset.
 */
export function countReset(connection: ConnectionState): void {
  if (connection.role === 'client' || connection.resets.take(1)) return;
  throw new Http2Error(Http2Code.enhanceYourCalm, `more than ${connection.options.maxResetBurst} streams reset by the peer`);
}
