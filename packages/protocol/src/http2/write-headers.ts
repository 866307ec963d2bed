import type { ConnectionState } from './connection-state.ts';
import { Flag, FrameType } from './constants.ts';
import type { HeaderTemplate } from './header-template.ts';
import { type HeaderFields, HpackEncoder } from './hpack/index.ts';

/** Writes a header block: the template's cached octets, then fields of this call as literals. */
export function sendHeaders(
  connection: ConnectionState,
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
function encodeTemplate(connection: ConnectionState, template: HeaderTemplate, at: number): number {
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

function writeCachedBlock(connection: ConnectionState, streamId: number, block: Buffer, flags: number): void {
  const { output } = connection;
  const length = block.length;
  const at = output.frameHeader(output.reserve(9 + length), length, FrameType.headers, flags | Flag.endHeaders, streamId);
  const { slab } = output;
  for (let i = 0; i < length; i++) slab[at + i] = block[i]; // a few octets: cheaper than a call of set
  output.position = at + length;
}

/** HEADERS and CONTINUATION, with nothing between them. */
function writeContinued(connection: ConnectionState, streamId: number, block: Buffer, flags: number): void {
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
