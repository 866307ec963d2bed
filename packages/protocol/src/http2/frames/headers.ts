import type { Http2Connection } from '../connection.ts';
import { Flag, FrameType, Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';
import { receiveRequestBlock, receiveResponseBlock } from '../header-block.ts';
import type { HeaderTemplate } from '../header-template.ts';
import { type HeaderFields, HpackEncoder } from '../hpack/index.ts';
import { assertNoSelfDependency } from './priority.ts';

/** A header block that goes on in CONTINUATION frames. */
export interface OpenHeaderBlock {
  readonly streamId: number;
  /** Flags of the HEADERS frame. */
  readonly flags: number;
  readonly pieces: Buffer[];
  bytes: number;
}

/** More frames than this in one header block are an attack: each could be empty. */
const MOST_CONTINUATIONS = 1024;

/** HEADERS, RFC 9113 section 6.2. Priority is checked and ignored. */
export function receiveHeaders(
  connection: Http2Connection,
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
  connection: Http2Connection,
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

function receiveBlock(connection: Http2Connection, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
  const fields = connection.decoder.decode(bytes, start, end); // always, to keep the table in step
  const endStream = (flags & Flag.endStream) !== 0;
  if (connection.role === 'client') receiveResponseBlock(connection, streamId, fields, endStream);
  else receiveRequestBlock(connection, streamId, fields, endStream);
}

/** Writes a header block: the template's cached octets, then fields of this call as literals. */
export function sendHeaders(
  connection: Http2Connection,
  streamId: number,
  template: HeaderTemplate,
  extra: HeaderFields | undefined,
  endStream: boolean,
): void {
  const flags = endStream ? Flag.endStream : 0;
  const { output, encoder } = connection;
  const cached = template.epoch === encoder.epoch ? template.block : undefined;
  if (cached !== undefined && extra === undefined && cached.length <= connection.peerFrameBytes) {
    writeCachedBlock(connection, streamId, cached, flags);
    return;
  }
  const bound = HpackEncoder.bound(template.fields) + (extra === undefined ? 0 : HpackEncoder.bound(extra));
  const start = output.reserve(9 + bound);
  const bodyStart = start + 9;
  let end = cached === undefined ? encodeTemplate(connection, template, bodyStart) : bodyStart + cached.copy(output.slab, bodyStart);
  if (extra !== undefined) end = encoder.encode(output.slab, end, extra, false);
  const length = end - bodyStart;
  if (length <= connection.peerFrameBytes) {
    output.frameHeader(start, length, FrameType.headers, flags | Flag.endHeaders, streamId);
    output.position = end;
    return;
  }
  writeContinued(connection, streamId, Buffer.from(output.slab.subarray(bodyStart, end)), flags);
}

/** Encodes into the slab, and keeps the block when it changed nothing and announced nothing: only then it can be sent again. */
function encodeTemplate(connection: Http2Connection, template: HeaderTemplate, at: number): number {
  const { encoder, output } = connection;
  const { epoch } = encoder;
  const end = encoder.encode(output.slab, at, template.fields, template.lasting);
  if (epoch === encoder.epoch && template.triedEpoch === epoch) {
    template.block = Buffer.from(output.slab.subarray(at, end));
    template.epoch = epoch;
  }
  template.triedEpoch = encoder.epoch;
  return end;
}

function writeCachedBlock(connection: Http2Connection, streamId: number, block: Buffer, flags: number): void {
  const { output } = connection;
  const length = block.length;
  const at = output.frameHeader(output.reserve(9 + length), length, FrameType.headers, flags | Flag.endHeaders, streamId);
  const { slab } = output;
  for (let i = 0; i < length; i++) slab[at + i] = block[i]; // a few octets: cheaper than a call of set
  output.position = at + length;
}

/** HEADERS and CONTINUATION, with nothing between them. */
function writeContinued(connection: Http2Connection, streamId: number, block: Buffer, flags: number): void {
  const { output, peerFrameBytes } = connection;
  for (let from = 0; from < block.length; from += peerFrameBytes) {
    const length = Math.min(peerFrameBytes, block.length - from);
    const type = from === 0 ? FrameType.headers : FrameType.continuation;
    const last = from + length === block.length ? Flag.endHeaders : 0;
    const at = output.frameHeader(output.reserve(9 + length), length, type, (from === 0 ? flags : 0) | last, streamId);
    block.copy(output.slab, at, from, from + length);
    output.position = at + length;
  }
}
