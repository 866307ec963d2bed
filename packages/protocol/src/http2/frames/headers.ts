import type { ConnectionState } from '../connection-state.ts';
import { Flag, Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { receiveRequestBlock, receiveResponseBlock } from '../header-block.ts';
import { assertNoSelfDependency } from './priority.ts';

/** More frames than this in one header block are an attack: each could be empty. */
const MOST_CONTINUATIONS = 1024;

/** HEADERS, RFC 9113 section 6.2. Priority is checked and ignored. */
export function receiveHeaders(
  connection: ConnectionState,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if ((streamId & 1) === 0) throw new Http2Error(Http2Code.protocolError, `HEADERS on stream ${streamId}`);
  const padded = (flags & Flag.padded) !== 0;
  const prioritized = (flags & Flag.priority) !== 0;
  const headBytes = (padded ? 1 : 0) + (prioritized ? 5 : 0);
  if (end - start < headBytes) throw new Http2Error(Http2Code.frameSizeError, `HEADERS of ${end - start} bytes`);
  const padding = padded ? bytes[start] : 0;
  if (prioritized) assertNoSelfDependency(streamId, bytes, start + (padded ? 1 : 0));
  const blockStart = start + headBytes;
  const blockEnd = end - padding;
  if (blockEnd < blockStart) throw new Http2Error(Http2Code.protocolError, 'HEADERS with more padding than payload');
  if (flags & Flag.endHeaders) {
    receiveBlock(connection, flags, streamId, bytes, blockStart, blockEnd);
    return;
  }
  const piece = Buffer.from(bytes.subarray(blockStart, blockEnd));
  connection.headerBlock = { streamId, flags, pieces: [piece], bytes: piece.length };
}

/** CONTINUATION, RFC 9113 section 6.10. */
export function receiveContinuation(
  connection: ConnectionState,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const open = connection.headerBlock;
  if (open === undefined) throw new Http2Error(Http2Code.protocolError, `CONTINUATION on stream ${streamId} without HEADERS`);
  open.bytes += end - start;
  if (open.bytes > connection.options.maxHeaderListBytes || open.pieces.length >= MOST_CONTINUATIONS) {
    throw new Http2Error(Http2Code.enhanceYourCalm, `header block of ${open.bytes} bytes in ${open.pieces.length + 1} frames`);
  }
  open.pieces.push(Buffer.from(bytes.subarray(start, end)));
  if ((flags & Flag.endHeaders) === 0) return;
  connection.headerBlock = undefined;
  const block = Buffer.concat(open.pieces, open.bytes);
  receiveBlock(connection, open.flags, streamId, block, 0, block.length);
}

function receiveBlock(connection: ConnectionState, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
  const fields = connection.decoder.decode(bytes, start, end); // always, to keep the table in step
  const endStream = (flags & Flag.endStream) !== 0;
  if (connection.role === 'client') receiveResponseBlock(connection, streamId, fields, endStream);
  else receiveRequestBlock(connection, streamId, fields, endStream);
}
