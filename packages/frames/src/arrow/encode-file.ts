import { type Column, copyBits, countNulls, type Frame, FrameError, isVariableKind, KIND_INFO, offsetsError } from '../model/index.ts';
import { schemaText } from './encode-schema.ts';
import { BLOCK_BYTES, CONTINUATION, MAGIC, PAIR_BYTES } from './layout.ts';
import { type FileTemplate, fileTemplate } from './template.ts';

/**
 * Writes a frame as an Arrow IPC file with Grafana's metadata keys: one record batch, none when there are no rows.
 *
 * @returns one new buffer of exactly the file's size
 * @throws FrameError `column_too_large` when a text column of a decoded frame spans more than 2 GiB
 */
export function encodeArrow(frame: Frame): Uint8Array {
  const template = fileTemplate(schemaText(frame));
  return frame.length === 0 ? encodeEmptyFile(template) : encodeFile(frame, template);
}

function encodeEmptyFile({ schema, emptyFooter }: FileTemplate): Uint8Array {
  const out = new FileWriter(8 + 8 + schema.length + trailerBytes(emptyFooter));
  out.start(schema);
  out.end(emptyFooter);
  return out.bytes;
}

function encodeFile(frame: Frame, { schema, batch, footer }: FileTemplate): Uint8Array {
  const plans = frame.fields.map((field) => planColumn(field.column));
  const bodyBytes = plans.reduce((sum, plan) => sum + plan.validityBytes + plan.offsetBytes + plan.valueBytes, 0);
  const out = new FileWriter(8 + 8 + schema.length + 8 + batch.bytes.length + bodyBytes + trailerBytes(footer.bytes));
  out.start(schema);
  const messageAt = out.at;
  const batchAt = out.message(batch.bytes);
  out.setInt64(batchAt + batch.lengthAt, frame.length);
  out.setInt64(batchAt + batch.bodyLengthAt, bodyBytes);
  const bodyAt = out.at;
  let node = batchAt + batch.nodesAt;
  let buffer = batchAt + batch.buffersAt;
  const addBuffer = (bytes: number, padded: number, write: (target: Uint8Array) => void) => {
    out.setInt64(buffer, out.at - bodyAt);
    out.setInt64(buffer + 8, bytes);
    buffer += PAIR_BYTES;
    if (bytes > 0) write(out.bytes.subarray(out.at, out.at + bytes));
    out.at += padded;
  };
  for (const plan of plans) {
    out.setInt64(node, frame.length);
    out.setInt64(node + 8, plan.nullCount);
    node += PAIR_BYTES;
    addBuffer(plan.nullCount === 0 ? 0 : (frame.length + 7) >> 3, plan.validityBytes, (target) => writeValidity(plan, target));
    if (isVariableKind(plan.column.kind)) addBuffer((frame.length + 1) * 4, plan.offsetBytes, (target) => writeOffsets(plan, target));
    addBuffer(plan.lastByte - plan.firstByte, plan.valueBytes, (target) => writeValues(plan, target));
  }
  const blockAt = out.end(footer.bytes) + footer.blockAt;
  out.setInt64(blockAt, messageAt);
  out.setInt64(blockAt + 8, bodyAt - messageAt);
  out.setInt64(blockAt + BLOCK_BYTES - 8, bodyBytes);
  return out.bytes;
}

/** Sizes of a column's three buffers, padded to 8, and which of its value bytes belong to its rows. */
interface ColumnPlan {
  readonly column: Column;
  readonly nullCount: number;
  readonly firstByte: number;
  readonly lastByte: number;
  readonly validityBytes: number;
  readonly offsetBytes: number;
  readonly valueBytes: number;
}

function planColumn(column: Column): ColumnPlan {
  const { kind, length } = column;
  const nullCount = countNulls(column);
  const [firstByte, lastByte] = isVariableKind(kind)
    ? textRange(column)
    : [0, kind === 'bool' ? (length + 7) >> 3 : length * KIND_INFO[kind].cellBytes];
  return {
    column,
    nullCount,
    firstByte,
    lastByte,
    validityBytes: nullCount === 0 ? 0 : padTo8((length + 7) >> 3),
    offsetBytes: isVariableKind(kind) ? padTo8((length + 1) * 4) : 0,
    valueBytes: padTo8(lastByte - firstByte),
  };
}

function textRange({ offsets, values, length }: Column): [number, number] {
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const first = view.getInt32(0, true);
  const last = view.getInt32(length * 4, true);
  if (first < 0 || last < first || last > values.length) throw offsetsError(0, first, last, values.length);
  return [first, last];
}

function writeValidity({ column }: ColumnPlan, target: Uint8Array): void {
  if (column.validity !== undefined) copyBits(column.validity, column.bitOffset, target, column.length);
}

function writeValues({ column, firstByte, lastByte }: ColumnPlan, target: Uint8Array): void {
  if (column.kind === 'bool') copyBits(column.values, column.bitOffset, target, column.length);
  else target.set(column.values.subarray(firstByte, lastByte));
}

/** Offsets from 0, checked: a decoded column may carry damaged ones, and readers trust them. */
function writeOffsets({ column, firstByte, lastByte }: ColumnPlan, target: Uint8Array): void {
  const source = column.offsets;
  if (source === undefined) throw new FrameError('arrow_invalid', { reason: 'a column of text without offsets' });
  const from = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let previous = firstByte;
  for (let row = 0; row <= column.length; row++) {
    const offset = from.getInt32(row * 4, true);
    if (offset < previous || offset > lastByte) throw offsetsError(row, previous, offset, column.values.length);
    to.setInt32(row * 4, offset - firstByte, true);
    previous = offset;
  }
}

function padTo8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** End of stream, footer, its size and the magic. */
function trailerBytes(footer: Uint8Array): number {
  return 8 + footer.length + 4 + MAGIC.length;
}

class FileWriter {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The head of every file. */
  start(schema: Uint8Array): void {
    this.bytes.set(MAGIC);
    this.at = 8;
    this.message(schema);
  }

  /** A message with its size in front; returns where its metadata starts. */
  message(metadata: Uint8Array): number {
    this.#view.setUint32(this.at, CONTINUATION, true);
    this.#view.setInt32(this.at + 4, metadata.length, true);
    return this.#put(metadata, 8);
  }

  /** The tail of every file; returns where the footer starts. */
  end(footer: Uint8Array): number {
    this.#view.setUint32(this.at, CONTINUATION, true);
    const start = this.#put(footer, 8);
    this.#view.setInt32(this.at, footer.length, true);
    this.#put(MAGIC, 4);
    return start;
  }

  setInt64(at: number, value: number): void {
    this.#view.setInt32(at, (value % 4294967296) | 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  }

  #put(bytes: Uint8Array, gap: number): number {
    const start = this.at + gap;
    this.bytes.set(bytes, start);
    this.at = start + bytes.length;
    return start;
  }
}
