import { type Column, Field, Frame, FrameError } from '../model/index.ts';
import { type BatchPlace, type Chunk, decodeBatch } from './decode-batch.ts';
import { decodeSchema, type SchemaField } from './decode-schema.ts';
import { FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { flattenViews } from './flatten-views.ts';
import { joinChunks } from './join-chunks.ts';
import { BLOCK_BYTES, FOOTER_SLOT, MAGIC } from './layout.ts';

/** Text that Utf8View columns may unfold to, as a multiple of the file. */
const MAX_UNFOLDING = 8;

/**
 * Reads a frame from an Arrow IPC file, as plugins send it.
 *
 * Costs the footer, whatever the number of rows: columns are views on `bytes`. Files of several batches, of
 * Utf8View text and of timestamps in other units than nanoseconds are copied into one chunk per column.
 *
 * @param bytes one whole file at any alignment; kept by reference, so leave it unchanged
 * @returns the frame; text cells with damaged offsets are reported when they are read
 * @throws FrameError `arrow_truncated`, `arrow_invalid`, `arrow_unsupported` or `metadata_invalid`, naming the field
 */
export function decodeArrow(bytes: Uint8Array): Frame {
  const reader = new FlatbufferReader(bytes);
  const footer = findFooter(reader);
  const schemaTable = reader.slotReference(footer, FOOTER_SLOT.schema);
  if (schemaTable === 0) throw invalid('its footer has no schema');
  const schema = decodeSchema(reader, schemaTable);
  const chunks = decodeBatches(reader, schema.fields, reader.slotReference(footer, FOOTER_SLOT.batches));
  const fields = schema.fields.map((field, index) => new Field(field.name, joinColumn(field, chunks[index], bytes.length), field));
  return new Frame(schema.name, fields, schema);
}

function findFooter(reader: FlatbufferReader): number {
  const { bytes } = reader;
  const end = bytes.length - MAGIC.length;
  if (end < 0 || MAGIC.some((byte, i) => bytes[end + i] !== byte)) {
    const isStream = bytes.length >= 8 && reader.uint32(0) === 0xffffffff;
    throw isStream
      ? new FrameError('arrow_unsupported', { reason: 'a stream, not a file: it has no footer', hint: 'write the Arrow IPC file format' })
      : new FrameError('arrow_truncated', { reason: `${bytes.length} bytes that do not end with ARROW1` });
  }
  const length = reader.int32(end - 4);
  const start = end - 4 - length;
  if (length <= 0 || start < 0) throw invalid(`a footer of ${length} bytes in a file of ${bytes.length}`);
  return reader.reference(start);
}

/** The chunks of each field. */
function decodeBatches(reader: FlatbufferReader, fields: readonly SchemaField[], blocks: number): Chunk[][] {
  const chunks: Chunk[][] = fields.map(() => []);
  const { length, first } = reader.vector(blocks, BLOCK_BYTES);
  for (let i = 0; i < length; i++) {
    reader.spend(fields.length);
    const batch = decodeBatch(reader, fields, readBlock(reader, first + i * BLOCK_BYTES));
    for (let f = 0; f < fields.length; f++) chunks[f].push(batch.chunks[f]);
  }
  return chunks;
}

function readBlock(reader: FlatbufferReader, at: number): BatchPlace {
  const message = reader.int64(at);
  return { message, body: message + reader.int32(at + 8), bodyLength: reader.int64(at + 16) };
}

function joinColumn(field: SchemaField, chunks: readonly Chunk[], fileBytes: number): Column {
  const flat = field.isView ? chunks.map((chunk) => flattenViews(chunk, field.name, fileBytes * MAX_UNFOLDING)) : chunks;
  const column = joinChunks(field, flat, fileBytes * (field.isView ? MAX_UNFOLDING : 1));
  return field.nanosPerUnit === 1n ? column : toNanoseconds(field, column);
}

/** Times in nanoseconds, whatever unit the file has. (Go takes any unit for nanoseconds and lands in 1970.) */
function toNanoseconds({ name, nanosPerUnit }: SchemaField, column: Column): Column {
  const source = new DataView(column.values.buffer, column.values.byteOffset, column.values.byteLength);
  const nanos = new BigInt64Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const value = source.getBigInt64(row * 8, true) * nanosPerUnit;
    const isValid = column.validity === undefined || ((column.validity[row >> 3] >> (row & 7)) & 1) === 1;
    if (isValid && BigInt.asIntN(64, value) !== value)
      throw new FrameError('arrow_invalid', { reason: 'a time outside of the years 1678 to 2262', field: name, row });
    nanos[row] = isValid ? value : 0n;
  }
  return { ...column, values: new Uint8Array(nanos.buffer) };
}
