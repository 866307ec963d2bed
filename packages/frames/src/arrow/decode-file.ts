import { type Frame, FrameError } from '../model/index.ts';
import { createFrame } from './create-frame.ts';
import type { BatchPlace } from './decode-batch.ts';
import { FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { BLOCK_BYTES, CONTINUATION, FOOTER_SLOT, MAGIC } from './layout.ts';
import { decodeFooterSchema, type Span } from './schema-cache.ts';

/**
 * Reads a frame from an Arrow IPC file, as plugins send it.
 *
 * Costs the footer, whatever the number of rows: columns are views on `bytes`. Files of several batches, of
 * Utf8View text and of timestamps in other units than nanoseconds are copied into one chunk per column.
 *
 * @param bytes one whole file at any alignment; kept by reference, so leave it unchanged
 * @returns the frame; text cells with damaged offsets are reported when they are read
 * @throws FrameError `arrow_truncated`, `arrow_invalid`, `arrow_unsupported` or `metadata_invalid`, naming the field;
 *   a stream is refused, as Grafana refuses it: see `decodeArrowStream`
 */
export function decodeArrow(bytes: Uint8Array): Frame {
  const reader = new FlatbufferReader(bytes);
  const footer = findFooter(reader);
  const blocks = reader.vector(reader.slotReference(reader.reference(footer.start), FOOTER_SLOT.batches), BLOCK_BYTES);
  const schema = decodeFooterSchema(reader, footer, { start: blocks.first, end: blocks.first + blocks.length * BLOCK_BYTES });
  return createFrame(reader, schema, listBlocks(reader, blocks));
}

function findFooter(reader: FlatbufferReader): Span {
  const { bytes } = reader;
  const end = bytes.length - MAGIC.length;
  if (end < 0 || !hasMagic(bytes, end)) throw noFileError(reader);
  const length = reader.int32(end - 4);
  const start = end - 4 - length;
  if (length <= 0 || start < 0) throw invalid(`a footer of ${length} bytes in a file of ${bytes.length}`);
  return { start, end: end - 4 };
}

function hasMagic(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[at + i] !== MAGIC[i]) return false;
  return true;
}

function noFileError(reader: FlatbufferReader): FrameError {
  const { length } = reader.bytes;
  if (length >= 8 && reader.uint32(0) === CONTINUATION)
    return new FrameError('arrow_unsupported', {
      reason: 'a stream, not a file: it has no footer',
      hint: 'write the Arrow IPC file format, or read it with decodeArrowStream',
    });
  return new FrameError('arrow_truncated', { reason: `${length} bytes that do not end with ARROW1` });
}

interface BlockList {
  readonly length: number;
  readonly first: number;
}

/** Where the batches lie, as the footer lists them: mostly one, which is not worth a generator. */
function listBlocks(reader: FlatbufferReader, blocks: BlockList): Iterable<BatchPlace> {
  return blocks.length === 1 ? [readBlock(reader, blocks.first)] : readBlocks(reader, blocks);
}

function* readBlocks(reader: FlatbufferReader, { length, first }: BlockList): Generator<BatchPlace> {
  for (let i = 0; i < length; i++) yield readBlock(reader, first + i * BLOCK_BYTES);
}

function readBlock(reader: FlatbufferReader, at: number): BatchPlace {
  const message = reader.int64(at);
  return { message, body: message + reader.int32(at + 8), bodyLength: reader.int64(at + 16) };
}
