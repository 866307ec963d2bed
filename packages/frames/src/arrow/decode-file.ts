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
  return createFrame(reader, schema, readBlocks(reader, blocks));
}

function findFooter(reader: FlatbufferReader): Span {
  const { bytes } = reader;
  const end = bytes.length - MAGIC.length;
  if (end < 0 || MAGIC.some((byte, i) => bytes[end + i] !== byte)) {
    const isStream = bytes.length >= 8 && reader.uint32(0) === CONTINUATION;
    throw isStream
      ? new FrameError('arrow_unsupported', {
          reason: 'a stream, not a file: it has no footer',
          hint: 'write the Arrow IPC file format, or read it with decodeArrowStream',
        })
      : new FrameError('arrow_truncated', { reason: `${bytes.length} bytes that do not end with ARROW1` });
  }
  const length = reader.int32(end - 4);
  const start = end - 4 - length;
  if (length <= 0 || start < 0) throw invalid(`a footer of ${length} bytes in a file of ${bytes.length}`);
  return { start, end: end - 4 };
}

/** Where the batches lie, as the footer lists them. */
function* readBlocks(
  reader: FlatbufferReader,
  { length, first }: { readonly length: number; readonly first: number },
): Generator<BatchPlace> {
  for (let i = 0; i < length; i++) {
    const at = first + i * BLOCK_BYTES;
    const message = reader.int64(at);
    yield { message, body: message + reader.int32(at + 8), bodyLength: reader.int64(at + 16) };
  }
}
