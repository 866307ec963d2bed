import { FrameError, isVariableKind, KIND_INFO } from '../model/index.ts';
import type { SchemaField } from './decode-schema.ts';
import { type FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { BATCH_SLOT, CONTINUATION, HEADER_BATCH, MESSAGE_SLOT, PAIR_BYTES } from './layout.ts';

/** One column in one batch: views on the file. */
export interface Chunk {
  readonly length: number;
  readonly values: Uint8Array;
  readonly offsets: Uint8Array | undefined;
  readonly validity: Uint8Array | undefined;
  /** Further buffers of a Utf8View column. */
  readonly viewBuffers: readonly Uint8Array[];
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
export function decodeBatch(
  reader: FlatbufferReader,
  fields: readonly SchemaField[],
  place: BatchPlace,
): { rows: number; chunks: Chunk[] } {
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
  const cursor = new BatchCursor(reader, batch, { body, bodyLength });
  const rows = reader.slotInt64(batch, BATCH_SLOT.length);
  if (!(rows >= 0 && rows <= MAX_ROWS)) throw invalid(`a batch of ${rows} rows`);
  return { rows, chunks: fields.map((field) => decodeChunk(cursor, field, rows)) };
}

function decodeChunk(cursor: BatchCursor, { name, kind, nullable, isView }: SchemaField, rows: number): Chunk {
  const node = cursor.nextNode(name);
  if (node.length !== rows) throw invalid(`${node.length} cells in a batch of ${rows} rows`, name);
  const bitmapBytes = Math.ceil(rows / 8);
  const bitmap = cursor.nextBuffer(name);
  // Like Grafana: nulls of a field that is not nullable are not looked at.
  const hasNulls = nullable && node.nullCount !== 0 && bitmap.length > 0;
  const validity = hasNulls ? atLeast(bitmap, bitmapBytes, name) : undefined;
  if (isView) {
    const views = atLeast(cursor.nextBuffer(name), rows * 16, name);
    return { length: rows, values: views, offsets: undefined, validity, viewBuffers: cursor.nextViewBuffers(name) };
  }
  if (isVariableKind(kind)) {
    const offsets = cursor.nextBuffer(name);
    const empty = rows === 0 && offsets.length < 4;
    return {
      length: rows,
      offsets: empty ? NO_ROWS : atLeast(offsets, (rows + 1) * 4, name),
      values: cursor.nextBuffer(name),
      validity,
      viewBuffers: [],
    };
  }
  const bytes = kind === 'bool' ? bitmapBytes : rows * KIND_INFO[kind].cellBytes;
  return { length: rows, offsets: undefined, values: atLeast(cursor.nextBuffer(name), bytes, name), validity, viewBuffers: [] };
}

function atLeast(buffer: Uint8Array, bytes: number, field: string): Uint8Array {
  if (buffer.length < bytes) throw new FrameError('arrow_truncated', { reason: `${buffer.length} bytes where ${bytes} are needed`, field });
  return buffer.subarray(0, bytes);
}

/** Walks through the field nodes and buffers of a batch in the order of the fields. */
class BatchCursor {
  readonly #reader: FlatbufferReader;
  readonly #body: { readonly body: number; readonly bodyLength: number };
  readonly #nodes: { length: number; first: number };
  readonly #buffers: { length: number; first: number };
  readonly #counts: { length: number; first: number };
  #node = 0;
  #buffer = 0;
  #count = 0;

  constructor(reader: FlatbufferReader, batch: number, body: { readonly body: number; readonly bodyLength: number }) {
    this.#reader = reader;
    this.#body = body;
    this.#nodes = reader.vector(reader.slotReference(batch, BATCH_SLOT.nodes), PAIR_BYTES);
    this.#buffers = reader.vector(reader.slotReference(batch, BATCH_SLOT.buffers), PAIR_BYTES);
    this.#counts = reader.vector(reader.slotReference(batch, BATCH_SLOT.variadicCounts), 8);
  }

  nextNode(field: string): { length: number; nullCount: number } {
    if (this.#node >= this.#nodes.length) throw invalid(`a batch with ${this.#nodes.length} columns lacks one`, field);
    const at = this.#nodes.first + this.#node++ * PAIR_BYTES;
    return { length: this.#reader.int64(at), nullCount: this.#reader.int64(at + 8) };
  }

  nextBuffer(field: string): Uint8Array {
    if (this.#buffer >= this.#buffers.length) throw invalid(`a batch with ${this.#buffers.length} buffers lacks one`, field);
    const at = this.#buffers.first + this.#buffer++ * PAIR_BYTES;
    const offset = this.#reader.int64(at);
    const length = this.#reader.int64(at + 8);
    const { body, bodyLength } = this.#body;
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyLength))
      throw new FrameError('arrow_truncated', { reason: `a buffer of ${length} bytes at ${offset} in a body of ${bodyLength}`, field });
    return this.#reader.bytes.subarray(body + offset, body + offset + length);
  }

  nextViewBuffers(field: string): Uint8Array[] {
    if (this.#count >= this.#counts.length) throw invalid('a Utf8View column without a buffer count', field);
    const count = this.#reader.int64(this.#counts.first + this.#count++ * 8);
    if (!(count >= 0 && count <= this.#buffers.length)) throw invalid(`a Utf8View column of ${count} buffers`, field);
    return Array.from({ length: count }, () => this.nextBuffer(field));
  }
}
