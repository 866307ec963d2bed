import type { ConnectionState } from './connection-state.ts';
import { Http2Code } from './constants.ts';
import { countReset } from './flood.ts';
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
  if (connection.decoder.malformed) {
    violateStream(connection, stream, Http2Code.protocolError, 'malformed header field name');
    return;
  }
  const isHead = (stream.state & StreamState.gotHead) === 0;
  if (isHead && !endStream && isInformational(fields)) return;
  if (!isHead && !endStream) {
    violateStream(connection, stream, Http2Code.protocolError, 'trailers without END_STREAM');
    return;
  }
  stream.state |= StreamState.gotHead;
  if (endStream) remoteEnd(connection, stream);
  stream.onHeaders(fields, endStream);
}

/** Status 100 to 199: another head follows, RFC 9113 section 8.1. */
function isInformational(fields: HeaderFields | undefined): boolean {
  return fields !== undefined && fields[0] === ':status' && fields[1].length === 3 && fields[1].startsWith('1');
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
  const expectedBytes = fields === undefined ? undefined : checkRequest(fields);
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
  const hasPseudo = fields?.some((text, i) => i % 2 === 0 && text.startsWith(':')) ?? true;
  if (!endStream || connection.decoder.malformed || hasPseudo) {
    violateStream(connection, stream, Http2Code.protocolError, 'malformed request trailers');
    return;
  }
  if (stream.expectedBytes >= 0 && stream.receivedBytes !== stream.expectedBytes) {
    violateStream(connection, stream, Http2Code.protocolError, 'DATA does not add up to content-length');
    return;
  }
  remoteEnd(connection, stream);
  stream.onEnd();
}

const PSEUDO_PATH = 1;
const PSEUDO_METHOD = 2;
const PSEUDO_SCHEME = 4;
const PSEUDO_AUTHORITY = 8;
const PSEUDO_REQUIRED = PSEUDO_PATH | PSEUDO_METHOD | PSEUDO_SCHEME;

/**
 * Checks a request's fields by RFC 9113 section 8.2 and 8.3.
 *
 * @returns the declared content-length, or -1 without one, or undefined when the request is malformed
 */
function checkRequest(fields: HeaderFields): number | undefined {
  let seen = 0;
  let regular = false;
  let expectedBytes = -1;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    const value = fields[i + 1];
    if (name.charCodeAt(0) === 0x3a) {
      const bit = pseudoBit(name);
      if (bit === 0 || (seen & bit) !== 0 || regular || (bit === PSEUDO_PATH && value === '')) return undefined;
      seen |= bit;
      continue;
    }
    regular = true;
    switch (name) {
      case 'te':
        if (value !== 'trailers') return undefined;
        break;
      case 'content-length':
        if (!/^\d{1,15}$/.test(value)) return undefined;
        expectedBytes = Number(value);
        break;
      case 'connection':
      case 'keep-alive':
      case 'proxy-connection':
      case 'transfer-encoding':
      case 'upgrade':
        return undefined;
    }
  }
  return (seen & PSEUDO_REQUIRED) === PSEUDO_REQUIRED ? expectedBytes : undefined;
}

function pseudoBit(name: string): number {
  switch (name) {
    case ':path':
      return PSEUDO_PATH;
    case ':method':
      return PSEUDO_METHOD;
    case ':scheme':
      return PSEUDO_SCHEME;
    case ':authority':
      return PSEUDO_AUTHORITY;
    default:
      return 0;
  }
}
