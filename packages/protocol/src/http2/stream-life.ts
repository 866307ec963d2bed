import type { ConnectionState } from './connection-state.ts';
import { Http2Code, LARGEST_STREAM_ID } from './constants.ts';
import { finish } from './ending.ts';
import { Http2Error } from './errors.ts';
import { countReset } from './flood.ts';
import { type HeaderTemplate, listBytes } from './header-template.ts';
import type { HeaderFields } from './hpack/index.ts';
import { type Http2Stream, type StreamAbort, StreamState } from './stream.ts';
import { noteReset, sendRstStream } from './write-frames.ts';
import { sendHeaders } from './write-headers.ts';

/** Three quarters, as in grpc-go: there is time to open another connection. */
const IDS_LOW = 0x60000001;
const IDS_PER_TELLING = 1 << 20;

/** Client: opens a stream, or queues it when the peer takes no more at a time. */
export function openStream(
  connection: ConnectionState,
  stream: Http2Stream,
  template: HeaderTemplate,
  extra: HeaderFields | undefined,
): void {
  if (!connection.acceptsStreams || connection.draining) {
    const reason = refusal(connection);
    abortStream(connection, stream, reason);
    if (reason.kind === 'refused' && reason.by === 'ids') connection.events.onIdsLow?.();
    return;
  }
  if (connection.streams.size >= connection.peerMaxStreams) {
    stream.state |= StreamState.waiting;
    stream.waitingHead = { template, extra };
    connection.waiting.add(stream);
    return;
  }
  startStream(connection, stream, template, extra);
}

function startStream(connection: ConnectionState, stream: Http2Stream, template: HeaderTemplate, extra: HeaderFields | undefined): void {
  const bytes = listBytes(template, extra);
  if (bytes > connection.peerMaxHeaderListBytes) {
    abortStream(connection, stream, { kind: 'headersTooLarge', bytes, maxBytes: connection.peerMaxHeaderListBytes });
    return;
  }
  connection.counters.streamsOpened++;
  const id = connection.nextStreamId;
  connection.nextStreamId = id + 2;
  if (id >= IDS_LOW && id % IDS_PER_TELLING === 1) connection.events.onIdsLow?.();
  stream.id = id;
  stream.sendWindow = connection.peerStreamWindow;
  connection.streams.set(id, stream);
  const endsAtOnce = stream.ending === 'data' && stream.sendQueue === undefined;
  sendHeaders(connection, id, template, extra, endsAtOnce);
  stream.state |= StreamState.sentHead;
  if (endsAtOnce) stream.state |= StreamState.localEnd;
  else wakeStream(connection, stream);
  connection.wake();
}

/** Opens streams that wait, as far as the peer's limit allows; when none can be opened any more, all of them are told. */
export function openWaiting(connection: ConnectionState): void {
  for (const stream of connection.waiting) {
    if (!connection.acceptsStreams || connection.streams.size >= connection.peerMaxStreams) break;
    connection.waiting.delete(stream);
    const head = stream.waitingHead;
    if (head === undefined) continue;
    stream.state &= ~StreamState.waiting;
    stream.waitingHead = undefined;
    startStream(connection, stream, head.template, head.extra);
  }
  if (!connection.acceptsStreams) refuseWaiting(connection, refusal(connection));
}

/** Aborts all streams that wait. They leave the list first, so that none of them looks for itself or for the next. */
export function refuseWaiting(connection: ConnectionState, reason: StreamAbort): void {
  const streams = [...connection.waiting];
  connection.waiting.clear();
  for (const stream of streams) abortStream(connection, stream, reason);
}

function refusal({ endError, draining, goingAway }: ConnectionState): StreamAbort {
  if (endError !== undefined) return { kind: 'connection', error: endError };
  return { kind: 'refused', code: Http2Code.noError, by: goingAway ? 'peer' : draining ? 'self' : 'ids' };
}

/** This side of the stream has ended. A server whose response is out wants no more of the request. */
export function localEnd(connection: ConnectionState, stream: Http2Stream): void {
  stream.state |= StreamState.localEnd;
  connection.resets.give(1);
  if (stream.state & StreamState.remoteEnd) forgetStream(connection, stream);
  else if (connection.role === 'server') resetStream(connection, stream, Http2Code.noError);
}

/** The peer's side of the stream has ended. For a client the response is whole, so the stream is over. */
export function remoteEnd(connection: ConnectionState, stream: Http2Stream): void {
  stream.state |= StreamState.remoteEnd;
  if (stream.state & StreamState.localEnd) forgetStream(connection, stream);
  else if (connection.role === 'client') resetStream(connection, stream, Http2Code.noError);
}

/** Takes a stream out of the connection. No event, no frame. */
export function forgetStream(connection: ConnectionState, stream: Http2Stream): void {
  if (stream.state & StreamState.closed) return;
  stream.state |= StreamState.closed;
  connection.counters.queuedBytes -= stream.queuedBytes;
  if (stream.sendQueue !== undefined) {
    connection.output.releaseWritten(stream.sendQueue);
    connection.wake(); // for the round of writing that releases them
    stream.sendQueue = undefined;
  }
  stream.ending = undefined;
  stream.queuedBytes = 0;
  if (stream.state & StreamState.waiting) {
    connection.waiting.delete(stream);
    finishIfDone(connection);
    return;
  }
  connection.streams.delete(stream.id);
  if (connection.waiting.size > 0) openWaiting(connection);
  finishIfDone(connection);
}

/** A connection that goes away ends with its last stream. A server that drains first waits for the peer to know. */
export function finishIfDone(connection: ConnectionState): void {
  const leaving = connection.goingAway || (connection.draining && connection.role === 'client');
  if (!leaving || connection.waiting.size > 0) return;
  // Those that would stay for life are the first that were opened, so that this ends soon.
  for (const stream of connection.streams.values()) if (!stream.background || !connection.draining) return;
  finish(connection);
}

/** Puts a stream in line when it has messages and window. */
export function wakeStream(connection: ConnectionState, stream: Http2Stream): void {
  if (stream.sendQueue === undefined || stream.ready || stream.sendWindow <= 0 || stream.id === 0) return;
  stream.ready = true;
  connection.ready.push(stream);
  connection.wake();
}

/** Ends a stream by RST_STREAM, without an event. */
export function resetStream(connection: ConnectionState, stream: Http2Stream, code: number): void {
  if (stream.state & StreamState.closed) return;
  if (stream.id !== 0) sendRstStream(connection, stream.id, code);
  forgetStream(connection, stream);
}

/** Ends a stream because the peer broke a rule on it: RST_STREAM and an event. */
export function violateStream(connection: ConnectionState, stream: Http2Stream, code: number, what: string): void {
  if (stream.state & StreamState.closed) return;
  resetStream(connection, stream, code);
  stream.onAbort({ kind: 'violation', code, what });
  countReset(connection);
}

/** Ends a stream that the peer knows to be over, or never saw: an event, no frame. */
export function abortStream(connection: ConnectionState, stream: Http2Stream, reason: StreamAbort): void {
  if (stream.state & StreamState.closed) return;
  forgetStream(connection, stream);
  stream.onAbort(reason);
}

/** Whether the id belongs to a stream that nobody has opened yet, RFC 9113 section 5.1.1. */
export function isIdle(connection: ConnectionState, id: number): boolean {
  if ((id & 1) === 0) return true; // even ids are for push, which we refuse
  return connection.role === 'client' ? id >= connection.nextStreamId : id > connection.lastPeerStreamId;
}

/** A frame on an idle stream is a fault of the whole connection. */
export function assertNotIdle(connection: ConnectionState, id: number, frame: string): void {
  if (id > LARGEST_STREAM_ID || isIdle(connection, id)) throw new Http2Error(Http2Code.protocolError, `${frame} on idle stream ${id}`);
}

/** DATA or HEADERS on a closed stream: normal in flight after our RST_STREAM, else told once, and a reset by fault of the peer. */
export function refuseLate(connection: ConnectionState, id: number): void {
  if (connection.recentResets.has(id)) return;
  noteReset(connection, id);
  sendRstStream(connection, id, Http2Code.streamClosed);
  countReset(connection);
}
