import type { ConnectionState } from '../connection-state.ts';
import { Flag, FrameType, Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { countIdleFrame } from '../flood.ts';
import { countReceived } from '../flow-control.ts';
import { type Http2Stream, StreamState } from '../stream.ts';
import { assertNotIdle, refuseLate, remoteEnd, violateStream } from '../stream-life.ts';
import { assertInOrder } from './receive.ts';

/**
 * The head of a DATA frame, RFC 9113 section 6.1; its payload follows in pieces.
 *
 * @param padding value of the padding octet, or -1 when there is none
 * @returns the stream that takes the payload, or undefined when nobody does
 */
export function receiveDataHeader(
  connection: ConnectionState,
  length: number,
  flags: number,
  streamId: number,
  padding: number,
): Http2Stream | undefined {
  assertInOrder(connection, FrameType.data, streamId);
  if (streamId === 0) throw new Http2Error(Http2Code.protocolError, 'DATA on stream 0');
  const stream = connection.streams.get(streamId);
  const endStream = (flags & Flag.endStream) !== 0;
  const payloadBytes = padding >= 0 ? length - 1 - padding : length;
  if (payloadBytes === 0 && !endStream) countIdleFrame(connection);
  if (stream === undefined) {
    assertNotIdle(connection, streamId, 'DATA');
    countReceived(connection, undefined, length, endStream);
    refuseLate(connection, streamId);
    return undefined;
  }
  if (!countReceived(connection, stream, length, endStream)) return undefined;
  if (stream.state & StreamState.remoteEnd) {
    violateStream(connection, stream, Http2Code.streamClosed, 'DATA after END_STREAM');
    return undefined;
  }
  if ((stream.state & StreamState.gotHead) === 0) {
    violateStream(connection, stream, Http2Code.protocolError, 'DATA before HEADERS');
    return undefined;
  }
  return isExpectedLength(connection, stream, payloadBytes, endStream) ? stream : undefined;
}

/** All of a DATA frame with END_STREAM has been handed on. */
export function receiveDataEnd(connection: ConnectionState, stream: Http2Stream): void {
  if (stream.state & StreamState.closed) return;
  remoteEnd(connection, stream);
  stream.onEnd();
}

/** Compares with content-length, RFC 9113 section 8.1.1. */
function isExpectedLength(connection: ConnectionState, stream: Http2Stream, bytes: number, endStream: boolean): boolean {
  if (stream.expectedBytes < 0) return true;
  stream.receivedBytes += bytes;
  if (stream.receivedBytes <= stream.expectedBytes && !(endStream && stream.receivedBytes !== stream.expectedBytes)) return true;
  violateStream(connection, stream, Http2Code.protocolError, 'DATA does not add up to content-length');
  return false;
}
