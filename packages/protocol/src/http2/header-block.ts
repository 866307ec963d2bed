import { checkFields, REQUEST_HEAD, RESPONSE_HEAD, TRAILERS } from './check-fields.ts';
import type { ConnectionState } from './connection-state.ts';
import { Http2Code } from './constants.ts';
import { countIdleFrame, countReset } from './flood.ts';
import type { HeaderFields } from './hpack/index.ts';
import { type Http2Stream, StreamState } from './stream.ts';
import { assertNotIdle, refuseLate, remoteEnd, violateStream } from './stream-life.ts';
import { sendRstStream } from './write-frames.ts';

/** A header block on a client: response head, informational head, or trailers. */
export function receiveResponseBlock(connection: ConnectionState, id: number, fields: HeaderFields | undefined, endStream: boolean): void {
  const stream = connection.streams.get(id);
  if (stream === undefined) {
    assertNotIdle(connection, id, 'HEADERS');
    refuseLate(connection, id);
    return;
  }
  const isHead = (stream.state & StreamState.gotHead) === 0;
  const fault = faultOfResponse(connection, stream, fields, endStream);
  if (fault !== undefined) {
    violateStream(connection, stream, Http2Code.protocolError, fault);
    return;
  }
  if (isHead && isInformational(fields)) {
    countIdleFrame(connection);
    return;
  }
  stream.state |= StreamState.gotHead;
  if (endStream) remoteEnd(connection, stream);
  stream.onHeaders(fields, endStream);
}

/** What is wrong with a block that a client gets, or undefined when it is good: RFC 9113 section 8.1. */
function faultOfResponse(
  connection: ConnectionState,
  stream: Http2Stream,
  fields: HeaderFields | undefined,
  endStream: boolean,
): string | undefined {
  if (connection.decoder.malformed) return 'malformed header field';
  const isHead = (stream.state & StreamState.gotHead) === 0;
  if (!isHead && !endStream) return 'trailers without END_STREAM';
  if (fields !== undefined) {
    const expectedBytes = checkFields(fields, isHead ? RESPONSE_HEAD : TRAILERS);
    if (expectedBytes === undefined) return isHead ? 'malformed response head' : 'malformed trailers';
    if (isHead && isInformational(fields)) {
      // Section 8.6: there is no upgrade in HTTP/2.
      return endStream || fields[1] === '101' ? `a response that is informational alone: ${fields[1]}` : undefined;
    }
    if (isHead) stream.expectedBytes = expectedBytes;
  }
  return endStream && stream.expectedBytes >= 0 && stream.receivedBytes !== stream.expectedBytes ? WRONG_LENGTH : undefined;
}

const WRONG_LENGTH = 'DATA does not add up to content-length';

/** Status 100 to 199: another head follows. The status comes first in any head that is well-formed. */
function isInformational(fields: HeaderFields | undefined): boolean {
  return fields?.[1].charCodeAt(0) === 0x31;
}

/** A header block on a server: a new request, or trailers of one (legal, of no use to gRPC). */
export function receiveRequestBlock(connection: ConnectionState, id: number, fields: HeaderFields | undefined, endStream: boolean): void {
  const stream = connection.streams.get(id);
  if (stream !== undefined) {
    receiveRequestTrailers(connection, stream, fields, endStream);
    return;
  }
  if (id <= connection.lastPeerStreamId) {
    refuseLate(connection, id);
    return;
  }
  connection.lastPeerStreamId = id;
  if (connection.goingAway) return;
  const expectedBytes = fields === undefined ? undefined : checkFields(fields, REQUEST_HEAD);
  const fault = faultOfRequest(connection, fields, expectedBytes, endStream);
  const created = fault === undefined ? connection.events.createStream?.(id) : undefined;
  if (created === undefined) {
    sendRstStream(connection, id, fault ?? Http2Code.refusedStream);
    countReset(connection);
    return;
  }
  connection.counters.streamsOpened++;
  created.state |= StreamState.gotHead | (endStream ? StreamState.remoteEnd : 0);
  created.expectedBytes = expectedBytes ?? -1;
  connection.streams.set(id, created);
  created.onHeaders(fields, endStream);
}

function isFull({ streams, counters, options }: ConnectionState): boolean {
  return streams.size >= options.maxConcurrentStreams || counters.queuedBytes > options.maxQueuedBytes;
}

/** Why a request is answered by RST_STREAM alone: the code, or undefined when it is good. */
function faultOfRequest(
  connection: ConnectionState,
  fields: HeaderFields | undefined,
  expectedBytes: number | undefined,
  endStream: boolean,
): number | undefined {
  if (connection.decoder.malformed) return Http2Code.protocolError;
  if (fields === undefined) return Http2Code.enhanceYourCalm;
  if (isFull(connection)) return Http2Code.refusedStream;
  return expectedBytes === undefined || (endStream && expectedBytes > 0) ? Http2Code.protocolError : undefined;
}

function receiveRequestTrailers(
  connection: ConnectionState,
  stream: Http2Stream,
  fields: HeaderFields | undefined,
  endStream: boolean,
): void {
  if (stream.state & StreamState.remoteEnd) {
    violateStream(connection, stream, Http2Code.streamClosed, 'HEADERS after END_STREAM');
    return;
  }
  const isGood = fields !== undefined && checkFields(fields, TRAILERS) !== undefined;
  if (!endStream || connection.decoder.malformed || !isGood) {
    violateStream(connection, stream, Http2Code.protocolError, 'malformed request trailers');
    return;
  }
  if (stream.expectedBytes >= 0 && stream.receivedBytes !== stream.expectedBytes) {
    violateStream(connection, stream, Http2Code.protocolError, WRONG_LENGTH);
    return;
  }
  remoteEnd(connection, stream);
  stream.onEnd();
}
