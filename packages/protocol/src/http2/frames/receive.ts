import type { ConnectionState } from '../connection-state.ts';
import { FrameType, Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { countIdleFrame } from '../flood.ts';
import { receiveGoaway } from './goaway.ts';
import { receiveContinuation, receiveHeaders } from './headers.ts';
import { receivePing } from './ping.ts';
import { receivePriority } from './priority.ts';
import { receiveRstStream } from './rst-stream.ts';
import { receiveSettings } from './settings.ts';
import { receiveWindowUpdate } from './window-update.ts';

/** Takes one whole frame, any but DATA; its payload is octets `start` to `end` of `bytes`, valid during the call. */
export function receiveFrame(
  connection: ConnectionState,
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  assertInOrder(connection, type, streamId);
  if (type !== FrameType.headers && type !== FrameType.continuation) countIdleFrame(connection);
  switch (type) {
    case FrameType.headers:
      receiveHeaders(connection, flags, streamId, bytes, start, end);
      break;
    case FrameType.continuation:
      receiveContinuation(connection, flags, streamId, bytes, start, end);
      break;
    case FrameType.settings:
      receiveSettings(connection, flags, streamId, bytes, start, end);
      break;
    case FrameType.windowUpdate:
      receiveWindowUpdate(connection, streamId, bytes, start, end);
      break;
    case FrameType.ping:
      receivePing(connection, flags, streamId, bytes, start, end);
      break;
    case FrameType.rstStream:
      receiveRstStream(connection, streamId, bytes, start, end);
      break;
    case FrameType.goaway:
      receiveGoaway(connection, streamId, bytes, start, end);
      break;
    case FrameType.priority:
      receivePriority(streamId, bytes, start, end);
      break;
    case FrameType.pushPromise:
      throw new Http2Error(Http2Code.protocolError, 'PUSH_PROMISE');
    default: // unknown types are ignored, RFC 9113 section 4.1
  }
}

/** SETTINGS come first; within a header block nothing but its CONTINUATION may come. */
export function assertInOrder(connection: ConnectionState, type: number, streamId: number): void {
  if (!connection.gotSettings && type !== FrameType.settings) throw new Http2Error(Http2Code.protocolError, 'first frame is not SETTINGS');
  const expected = connection.headerBlock?.streamId;
  if (expected !== undefined && (type !== FrameType.continuation || streamId !== expected)) {
    throw new Http2Error(Http2Code.protocolError, `CONTINUATION of stream ${expected} expected`);
  }
}
