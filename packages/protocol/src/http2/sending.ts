import type { ConnectionState } from './connection-state.ts';
import { Flag, FrameType } from './constants.ts';
import { earnIdleFrames } from './flood.ts';
import { lasting, type MeasuredMessage, MessageParts, type OutgoingMessage } from './message-parts.ts';
import { type Http2Stream, type StreamEnding, StreamState } from './stream.ts';
import { localEnd, wakeStream } from './stream-life.ts';
import { sendHeaders } from './write-headers.ts';

/** Octets of the gRPC message prefix: compressed flag, length. Written here so that a message and its prefix share a frame. */
const PREFIX_BYTES = 5;
/** Small messages share frames up to this size. */
const LARGEST_SHARED_FRAME = 64 << 10;
/** Unsent bytes at which a tick's output goes out early. */
const EARLY_FLUSH_BYTES = 64 << 10;

/** See Http2Connection.sendMessage. */
export function sendMessage(connection: ConnectionState, stream: Http2Stream, message: OutgoingMessage, ending?: StreamEnding): boolean {
  if (stream.state & (StreamState.localEnd | StreamState.closed)) {
    if (message instanceof MessageParts) message.release();
    return false;
  }
  connection.counters.messagesSent++;
  const bytes = message.length + PREFIX_BYTES;
  const fits =
    stream.sendQueue === undefined &&
    stream.id !== 0 &&
    bytes <= connection.options.copyLimitBytes &&
    bytes <= stream.sendWindow &&
    bytes <= connection.sendWindow &&
    !connection.blocked;
  if (!fits || message instanceof MessageParts) return queueMessage(connection, stream, lasting(message), ending);
  writeWholeMessage(connection, stream, message, ending === 'data');
  if (ending === 'data') localEnd(connection, stream);
  else if (ending !== undefined) endStream(connection, stream, ending);
  if (connection.output.pendingBytes <= EARLY_FLUSH_BYTES || connection.port === undefined) {
    connection.wake();
    return true;
  }
  connection.port.flush();
  return connection.blocked ? tellToWait(connection, stream) : true;
}

/** The fast path: a small message with its prefix in the slab. */
function writeWholeMessage(connection: ConnectionState, stream: Http2Stream, message: Uint8Array | MeasuredMessage, end: boolean): void {
  const { output } = connection;
  const length = message.length;
  const bytes = length + PREFIX_BYTES;
  const largest = Math.min(connection.peerFrameBytes, LARGEST_SHARED_FRAME);
  const at = output.placeData(bytes, stream.id, largest);
  const { slab } = output;
  slab[at] = 0;
  slab[at + 1] = length >>> 24;
  slab[at + 2] = length >>> 16;
  slab[at + 3] = length >>> 8;
  slab[at + 4] = length;
  if (message instanceof Uint8Array) slab.set(message, at + PREFIX_BYTES);
  else message.writeTo(slab, at + PREFIX_BYTES); // if it throws, nothing has been sent
  output.addData(at, bytes, stream.id, end ? Flag.endStream : 0);
  stream.sendWindow -= bytes;
  connection.sendWindow -= bytes;
  earnIdleFrames(connection, bytes, true);
}

function queueMessage(
  connection: ConnectionState,
  stream: Http2Stream,
  message: Uint8Array | MessageParts,
  ending?: StreamEnding,
): boolean {
  if (stream.sendQueue === undefined) stream.sendQueue = [message];
  else stream.sendQueue.push(message);
  stream.queuedBytes += message.length + PREFIX_BYTES;
  connection.counters.queuedBytes += message.length + PREFIX_BYTES;
  if (stream.sendWindow <= 0) connection.counters.windowStalls++;
  if (ending !== undefined) stream.ending = ending;
  wakeStream(connection, stream);
  return stream.queuedBytes < connection.options.sendQueueBytes ? true : tellToWait(connection, stream);
}

function tellToWait(connection: ConnectionState, stream: Http2Stream): boolean {
  if (!stream.needsDrain) {
    stream.needsDrain = true;
    connection.drainers.push(stream);
  }
  return false;
}

/** Ends this side of a stream, now or when its queue is empty. */
export function endStream(connection: ConnectionState, stream: Http2Stream, ending: StreamEnding): void {
  if (stream.sendQueue !== undefined || stream.id === 0) {
    stream.ending = ending;
    return;
  }
  if (ending === 'data') {
    const { output } = connection;
    output.position = output.frameHeader(output.reserve(9), 0, FrameType.data, Flag.endStream, stream.id);
  } else {
    sendHeaders(connection, stream.id, ending.template, ending.extra, true);
  }
  stream.ending = undefined;
  localEnd(connection, stream);
  connection.wake();
}

/** Writes messages that wait, round-robin over the streams, one frame each, up to a burst. */
export function pump(connection: ConnectionState): void {
  let budget = connection.options.burstBytes;
  const { ready } = connection;
  while (connection.readyHead < ready.length && budget > 0 && connection.sendWindow > 0) {
    const stream = ready[connection.readyHead++];
    stream.ready = false;
    if (connection.readyHead > 1024) {
      ready.splice(0, connection.readyHead);
      connection.readyHead = 0;
    }
    if (stream.state & StreamState.closed || stream.sendQueue === undefined || stream.sendWindow <= 0) continue;
    budget -= pumpFrame(connection, stream, stream.sendQueue);
    if (stream.sendQueue === undefined || stream.ready) continue;
    if (stream.sendWindow > 0) {
      stream.ready = true;
      ready.push(stream);
    } else {
      connection.counters.windowStalls++;
    }
  }
  if (connection.sendWindow <= 0 && connection.readyHead < ready.length) connection.counters.windowStalls++;
  if (connection.readyHead === ready.length) {
    ready.length = 0;
    connection.readyHead = 0;
  }
}

/** One DATA frame of the first message that waits. Returns its payload bytes. */
function pumpFrame(connection: ConnectionState, stream: Http2Stream, queue: (Uint8Array | MessageParts)[]): number {
  const message = queue[0];
  const limit = Math.min(stream.sendWindow, connection.sendWindow, connection.peerFrameBytes);
  const rest = message.length - stream.sendOffset;
  const bytes = Math.min(rest, limit);
  const lastOfMessage = bytes === rest;
  const lastOfStream = lastOfMessage && queue.length === 1 && stream.ending === 'data';
  const isSmall = stream.sendOffset === -PREFIX_BYTES && bytes <= connection.options.copyLimitBytes;
  if (isSmall && lastOfMessage && message instanceof Uint8Array) writeWholeMessage(connection, stream, message, lastOfStream);
  else writePart(connection, stream, message, bytes, lastOfStream);
  stream.queuedBytes -= bytes;
  connection.counters.queuedBytes -= bytes;
  if (!lastOfMessage) return bytes;
  stream.sendOffset = -PREFIX_BYTES;
  connection.output.releaseWritten([message]);
  if (queue.length > 1) {
    queue.shift();
    return bytes;
  }
  stream.sendQueue = undefined;
  if (lastOfStream) localEnd(connection, stream);
  else if (stream.ending !== undefined) endStream(connection, stream, stream.ending);
  return bytes;
}

/** Writes `bytes` octets of prefix and message from `sendOffset` on: small parts into the slab, big ones by reference. */
function writePart(
  connection: ConnectionState,
  stream: Http2Stream,
  message: Uint8Array | MessageParts,
  bytes: number,
  end: boolean,
): void {
  const { output } = connection;
  let at = output.frameHeader(output.reserve(9 + PREFIX_BYTES), bytes, FrameType.data, end ? Flag.endStream : 0, stream.id);
  let left = bytes;
  for (; stream.sendOffset < 0 && left > 0; stream.sendOffset++, left--) {
    output.slab[at++] = stream.sendOffset === -PREFIX_BYTES ? 0 : message.length >>> ((-1 - stream.sendOffset) * 8);
  }
  output.position = at;
  const start = stream.sendOffset;
  stream.sendOffset += left;
  if (message instanceof MessageParts) {
    while (left > 0) {
      const part = message.take(left);
      writePayload(connection, part);
      left -= part.length;
    }
  } else if (left > 0) writePayload(connection, left === message.length ? message : message.subarray(start, start + left));
  stream.sendWindow -= bytes;
  connection.sendWindow -= bytes;
  earnIdleFrames(connection, bytes, stream.sendOffset === message.length);
}

function writePayload({ output, options }: ConnectionState, part: Uint8Array): void {
  if (part.length > options.copyLimitBytes) {
    output.appendReference(part);
    return;
  }
  const start = output.reserve(part.length);
  output.slab.set(part, start);
  output.position = start + part.length;
}
