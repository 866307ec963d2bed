import { type Column, FrameError, isVariableKind, KIND_INFO, keepShape } from '../model/index.ts';
import type { SchemaField } from './decode-schema.ts';
import { FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { BATCH_SLOT, CONTINUATION, HEADER_BATCH, MESSAGE_SLOT, PAIR_BYTES } from './layout.ts';

/** One column in one batch: views on the file. */
export interface Chunk extends Column {
  /** Of a Utf8View column alone, whose `values` are the views: the buffers that they point into. */
  readonly viewBuffers?: readonly Uint8Array[];
}

/** Where a batch lies in the file. */
export interface BatchPlace {
  readonly message: number;
  readonly body: number;
  readonly bodyLength: number;
}

const MAX_ROWS = 2 ** 31 - 2;
const NO_ROWS = new Uint8Array(4);

/** Reads a record batch as one chunk per field, after checking that every buffer lies in the body and is long enough. */
export function decodeBatch(reader: FlatbufferReader, fields: readonly SchemaField[], place: BatchPlace): Chunk[] {
  const { message, body, bodyLength } = place;
  const start = message + (reader.uint32(message) === CONTINUATION ? 8 : 4);
  const table = reader.reference(start);
  if (reader.slotUint8(table, MESSAGE_SLOT.headerType) !== HEADER_BATCH)
    throw invalid('the footer names a message that is no record batch');
  const batch = reader.slotReference(table, MESSAGE_SLOT.header);
  if (batch === 0) throw invalid('a record batch message without a batch');
  if (reader.slot(batch, BATCH_SLOT.compression) !== 0)
    throw new FrameError('arrow_unsupported', { reason: 'compressed buffers', hint: 'write without compression' });
  if (body < 0 || bodyLength < 0 || !(body + bodyLength <= reader.bytes.length))
    throw new FrameError('arrow_truncated', { reason: `a batch of ${bodyLength} bytes at ${body} in a file of ${reader.bytes.length}` });
  const rows = reader.slotInt64(batch, BATCH_SLOT.length);
  if (!(rows >= 0 && rows <= MAX_ROWS)) throw invalid(`a batch of ${rows} rows`);
  const cursor = new BatchCursor(reader, batch, place);
  const chunks: Chunk[] = [];
  for (const field of fields) chunks.push(decodeChunk(cursor, field, rows));
  return chunks;
}

function decodeChunk(cursor: BatchCursor, field: SchemaField, rows: number): Chunk {
  const { name, kind, nullable } = field;
  const mayHaveNulls = cursor.nextNode(name, rows) && nullable;
  const bitmapBytes = (rows + 7) >>> 3;
  // Like Grafana: nulls of a field that is not nullable are not looked at.
  const validity = cursor.nextBuffer(name) > 0 && mayHaveNulls ? cursor.view(bitmapBytes, name) : undefined;
  if (field.isView) return decodeViews(cursor, { field, rows, validity });
  let offsets: Uint8Array | undefined;
  if (isVariableKind(kind)) {
    const isLeftOut = cursor.nextBuffer(name) < 4 && rows === 0;
    offsets = isLeftOut ? NO_ROWS : cursor.view((rows + 1) * 4, name);
  }
  const held = cursor.nextBuffer(name);
  const bytes = isVariableKind(kind) ? held : kind === 'bool' ? bitmapBytes : rows * KIND_INFO[kind].cellBytes;
  return { kind, nullable, length: rows, values: cursor.view(bytes, name), offsets, validity, bitOffset: 0 };
}

function decodeViews(
  cursor: BatchCursor,
  { field, rows, validity }: { readonly field: SchemaField; readonly rows: number; readonly validity: Uint8Array | undefined },
): Chunk {
  const { name, kind, nullable } = field;
  cursor.nextBuffer(name);
  const values = cursor.view(rows * 16, name);
  const viewBuffers = cursor.nextViewBuffers(name);
  return { kind, nullable, length: rows, values, offsets: undefined, validity, bitOffset: 0, viewBuffers };
}

/** Walks through the field nodes and buffers of a batch in the order of the fields. Makes no view that nobody asks for. */
class BatchCursor {
  readonly #reader: FlatbufferReader;
  readonly #place: BatchPlace;
  readonly #nodes: { length: number; first: number };
  readonly #buffers: { length: number; first: number };
  readonly #counts: { length: number; first: number };
  #node = 0;
  #buffer = 0;
  #count = 0;
  /** The buffer moved to: its position in the file, and its bytes. */
  #start = 0;
  #length = 0;

  /** @param batch position of the table of the batch; 0 for one without columns */
  constructor(reader: FlatbufferReader, batch: number, place: BatchPlace) {
    const vectorOf = (slot: number, bytes: number) => reader.vector(batch === 0 ? 0 : reader.slotReference(batch, slot), bytes);
    this.#reader = reader;
    this.#place = place;
    this.#nodes = vectorOf(BATCH_SLOT.nodes, PAIR_BYTES);
    this.#buffers = vectorOf(BATCH_SLOT.buffers, PAIR_BYTES);
    this.#counts = vectorOf(BATCH_SLOT.variadicCounts, 8);
  }

  /** Moves to the next node, of a column that has to have so many cells; tells whether it says that there are nulls. */
  nextNode(field: string, rows: number): boolean {
    if (this.#node >= this.#nodes.length) throw invalid(`a batch with ${this.#nodes.length} columns lacks one`, field);
    const at = this.#nodes.first + this.#node++ * PAIR_BYTES;
    const length = this.#reader.int64(at);
    if (length !== rows) throw invalid(`${length} cells in a batch of ${rows} rows`, field);
    return this.#reader.int64(at + 8) !== 0;
  }

  /** Moves to the next buffer and returns its bytes. */
  nextBuffer(field: string): number {
    if (this.#buffer >= this.#buffers.length) throw invalid(`a batch with ${this.#buffers.length} buffers lacks one`, field);
    const at = this.#buffers.first + this.#buffer++ * PAIR_BYTES;
    const offset = this.#reader.int64(at);
    const length = this.#reader.int64(at + 8);
    const { body, bodyLength } = this.#place;
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyLength))
      throw new FrameError('arrow_truncated', { reason: `a buffer of ${length} bytes at ${offset} in a body of ${bodyLength}`, field });
    this.#start = body + offset;
    this.#length = length;
    return length;
  }

  /** The first bytes of the buffer moved to. */
  view(bytes: number, field: string): Uint8Array {
    if (this.#length < bytes) throw new FrameError('arrow_truncated', { reason: `${this.#length} bytes where ${bytes} are needed`, field });
    return this.#reader.view(this.#start, bytes);
  }

  nextViewBuffers(field: string): Uint8Array[] {
    if (this.#count >= this.#counts.length) throw invalid('a Utf8View column without a buffer count', field);
    const count = this.#reader.int64(this.#counts.first + this.#count++ * 8);
    if (!(count >= 0 && count <= this.#buffers.length)) throw invalid(`a Utf8View column of ${count} buffers`, field);
    return Array.from({ length: count }, () => this.view(this.nextBuffer(field), field));
  }
}

keepShape(new BatchCursor(new FlatbufferReader(new Uint8Array(0)), 0, { message: 0, body: 0, bodyLength: 0 }));
