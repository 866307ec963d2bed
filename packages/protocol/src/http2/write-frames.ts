import type { ConnectionState } from './connection-state.ts';
import { FrameType, Http2Code, Setting } from './constants.ts';
import { Http2Error } from './errors.ts';

/** Octets of one setting: identifier (16), value (32). */
const SETTING_BYTES = 6;
/** Octets of a GOAWAY: last stream id (32), error code (32). */
const GOAWAY_BYTES = 8;
const PING_BYTES = 8;
/** How many ended streams are remembered, to tell frames in flight from faults. */
const REMEMBERED_RESETS = 1000;

/** Our SETTINGS, the first frame on the connection. */
export function sendSettings(connection: ConnectionState): void {
  const { options, output, role } = connection;
  const settings = [
    role === 'client' ? [Setting.enablePush, 0] : [Setting.maxConcurrentStreams, options.maxConcurrentStreams],
    [Setting.initialWindowSize, options.streamWindowBytes],
    [Setting.maxFrameSize, options.maxFrameBytes],
    [Setting.maxHeaderListSize, options.maxHeaderListBytes],
  ];
  const length = settings.length * SETTING_BYTES;
  let at = output.frameHeader(output.reserve(9 + length), length, FrameType.settings, 0, 0);
  for (const [identifier, value] of settings) {
    at = output.slab.writeUInt16BE(identifier, at);
    at = output.slab.writeUInt32BE(value, at);
  }
  output.position = at;
  connection.wake();
}

/** Grants window to the peer: for a stream, or for the connection with stream id 0. */
export function sendWindowUpdate(connection: ConnectionState, streamId: number, bytes: number): void {
  writeFrame32(connection, FrameType.windowUpdate, streamId, bytes);
  countControl(connection, 13);
}

/** Tells the peer why, and which of its streams we have seen. */
export function sendGoaway(connection: ConnectionState, code: number, lastId: number = connection.lastPeerStreamId): void {
  const { output } = connection;
  const at = output.frameHeader(output.reserve(9 + GOAWAY_BYTES), GOAWAY_BYTES, FrameType.goaway, 0, 0);
  output.slab.writeUInt32BE(lastId, at);
  output.position = output.slab.writeUInt32BE(code, at + 4);
}

/** Asks for an answer, behind all that the peer has sent before it. */
export function sendPing(connection: ConnectionState): void {
  const { output } = connection;
  const at = output.frameHeader(output.reserve(9 + PING_BYTES), PING_BYTES, FrameType.ping, 0, 0);
  output.slab.fill(0, at, at + PING_BYTES);
  output.position = at + PING_BYTES;
}

/** Ends a stream on the wire. */
export function sendRstStream(connection: ConnectionState, streamId: number, code: number): void {
  connection.counters.resetsSent++;
  noteReset(connection, streamId);
  writeFrame32(connection, FrameType.rstStream, streamId, code);
  countControl(connection, 13);
}

/** Remembers that frames of this stream may still be in flight. */
export function noteReset(connection: ConnectionState, streamId: number): void {
  const { recentResets } = connection;
  recentResets.add(streamId);
  if (recentResets.size <= REMEMBERED_RESETS) return;
  for (const oldest of recentResets) {
    recentResets.delete(oldest);
    break;
  }
}

/** Counts a control frame that the peer made us write: one that floods and does not read must not fill our memory. */
export function countControl(connection: ConnectionState, bytes: number): void {
  connection.controlBytes += bytes;
  if (connection.controlBytes > connection.options.maxControlBytes) {
    throw new Http2Error(Http2Code.enhanceYourCalm, `${connection.controlBytes} bytes of control frames that the peer does not read`);
  }
  connection.wake();
}

/** A frame of four octets. */
function writeFrame32(connection: ConnectionState, type: number, streamId: number, value: number): void {
  const { output } = connection;
  const at = output.frameHeader(output.reserve(13), 4, type, 0, streamId);
  output.position = output.slab.writeUInt32BE(value, at);
}
