import type { ConnectionState } from '../connection-state.ts';
import { DEFAULT_FRAME_SIZE, Flag, FrameType, Http2Code, LARGEST_FRAME_SIZE, LARGEST_WINDOW, Setting } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { countIdleFrame } from '../flood.ts';
import { openWaiting, wakeStream } from '../stream-life.ts';
import { countControl } from '../write-frames.ts';

/** Octets of one setting: identifier (16), value (32). */
const ENTRY_BYTES = 6;
/** Settings in a frame, or streams whose windows change, that cost as much as one more frame. */
const ITEMS_PER_FRAME = 16;

/** SETTINGS, RFC 9113 section 6.5: applied and acknowledged at once. */
export function receiveSettings(
  connection: ConnectionState,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if (streamId !== 0) throw new Http2Error(Http2Code.protocolError, `SETTINGS on stream ${streamId}`);
  if (flags & Flag.ack) {
    if (end !== start) throw new Http2Error(Http2Code.frameSizeError, 'SETTINGS acknowledgement with a payload');
    if (!connection.gotSettings) throw new Http2Error(Http2Code.protocolError, 'first frame is not SETTINGS');
    connection.settingsTaken = true;
    return;
  }
  if ((end - start) % ENTRY_BYTES !== 0) throw new Http2Error(Http2Code.frameSizeError, `SETTINGS of ${end - start} bytes`);
  countIdleFrame(connection, Math.trunc((end - start) / ENTRY_BYTES / ITEMS_PER_FRAME));
  let windowBytes = connection.peerStreamWindow;
  for (let at = start; at < end; at += ENTRY_BYTES) {
    const identifier = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    if (identifier === Setting.initialWindowSize) windowBytes = value;
    applySetting(connection, identifier, value);
  }
  resizeWindows(connection, windowBytes);
  const { output } = connection;
  output.position = output.frameHeader(output.reserve(9), 0, FrameType.settings, Flag.ack, 0);
  countControl(connection, 9);
  if (!connection.gotSettings) {
    connection.gotSettings = true;
    connection.events.onReady?.();
  }
  if (connection.waiting.size > 0) openWaiting(connection);
}

function applySetting(connection: ConnectionState, identifier: number, value: number): void {
  switch (identifier) {
    case Setting.headerTableSize:
      connection.encoder.setTableLimit(value);
      break;
    case Setting.maxConcurrentStreams:
      connection.peerMaxStreams = value;
      break;
    case Setting.enablePush:
      // A client takes no push, whatever a server says: RFC 9113 section 6.5.2.
      if (value > (connection.role === 'client' ? 0 : 1)) throw new Http2Error(Http2Code.protocolError, `ENABLE_PUSH of ${value}`);
      break;
    case Setting.maxFrameSize:
      if (value < DEFAULT_FRAME_SIZE || value > LARGEST_FRAME_SIZE) {
        throw new Http2Error(Http2Code.protocolError, `MAX_FRAME_SIZE of ${value}`);
      }
      connection.peerFrameBytes = value;
      break;
    case Setting.initialWindowSize:
      if (value > LARGEST_WINDOW) throw new Http2Error(Http2Code.flowControlError, `INITIAL_WINDOW_SIZE of ${value}`);
      break;
    case Setting.maxHeaderListSize:
      connection.peerMaxHeaderListBytes = value;
      break;
  }
}

/**
 * Applies to open streams as well, and may make their windows negative: RFC 9113 section 6.9.2.
 *
 * Once for a frame, with its last value, for it costs as much as there are streams.
 */
function resizeWindows(connection: ConnectionState, windowBytes: number): void {
  const change = windowBytes - connection.peerStreamWindow;
  if (change === 0) return;
  countIdleFrame(connection, Math.trunc(connection.streams.size / ITEMS_PER_FRAME));
  connection.peerStreamWindow = windowBytes;
  for (const stream of connection.streams.values()) {
    stream.sendWindow += change;
    if (stream.sendWindow > LARGEST_WINDOW) throw new Http2Error(Http2Code.flowControlError, `INITIAL_WINDOW_SIZE of ${windowBytes}`);
    wakeStream(connection, stream);
  }
}
