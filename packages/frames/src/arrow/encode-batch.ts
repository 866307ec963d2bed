import {
  type Column,
  copyBits,
  countNulls,
  emptyColumn,
  Field,
  Frame,
  isVariableKind,
  KIND_INFO,
  keepShape,
  offsetsError,
  offsetsView,
  viewBytes,
} from '../model/index.ts';
import { PAIR_BYTES } from './layout.ts';
import type { MessageWriter } from './message-writer.ts';
import type { BatchTemplate } from './template.ts';

/** From here on a buffer may be a part of its own; smaller ones cost less to copy than to send apart. */
const PART_BYTES = 64 << 10;
const ZEROS = new Uint8Array(8);

/** What a record batch of a frame takes up. */
export interface BatchPlan {
  readonly rows: number;
  readonly columns: readonly ColumnPlan[];
  readonly bodyBytes: number;
  /** Bytes of the buffers that `writeBatch` inserts as they are, padding included. */
  readonly insertedBytes: number;
}

/**
 * Measures the record batch of a frame.
 *
 * @param inParts whether big buffers are inserted as they are, or all are copied
 */
export function planBatch(frame: Frame, inParts = false): BatchPlan {
  const columns = frame.fields.map((field) => planColumn(field.column, inParts));
  let bodyBytes = 0;
  let insertedBytes = 0;
  for (const { validity, offsets, values } of columns) {
    bodyBytes += padTo8(validity.bytes) + padTo8(offsets?.bytes ?? 0) + padTo8(values.bytes);
    insertedBytes += padTo8(offsets?.view?.length ?? 0) + padTo8(values.view?.length ?? 0);
  }
  return { rows: frame.length, columns, bodyBytes, insertedBytes };
}

/** Bytes of the message, from its continuation to the end of its body. */
export function batchBytes(batch: BatchTemplate, { bodyBytes }: BatchPlan): number {
  return 8 + batch.bytes.length + bodyBytes;
}

/** Writes a record batch; returns where its body starts. */
export function writeBatch(out: MessageWriter, batch: BatchTemplate, { rows, columns, bodyBytes }: BatchPlan): number {
  const batchAt = out.message(batch.bytes);
  out.setInt64(batchAt + batch.lengthAt, rows);
  out.setInt64(batchAt + batch.bodyLengthAt, bodyBytes);
  const bodyAt = out.position;
  let node = batchAt + batch.nodesAt;
  let buffer = batchAt + batch.buffersAt;
  const addBuffer = ({ bytes, view, write }: BufferPlan) => {
    out.setInt64(buffer, out.position - bodyAt);
    out.setInt64(buffer + 8, bytes);
    buffer += PAIR_BYTES;
    const padding = padTo8(bytes) - bytes;
    if (view !== undefined) {
      // The padding too, so that what is written behind it stays aligned.
      out.insert(view);
      if (padding > 0) out.insert(viewBytes(ZEROS, 0, padding));
    } else {
      if (bytes > 0) write(out.bytes.subarray(out.at, out.at + bytes));
      out.at += bytes + padding;
    }
  };
  for (const { nullCount, validity, offsets, values } of columns) {
    out.setInt64(node, rows);
    out.setInt64(node + 8, nullCount);
    node += PAIR_BYTES;
    addBuffer(validity);
    if (offsets !== undefined) addBuffer(offsets);
    addBuffer(values);
  }
  return bodyAt;
}

/** One buffer of a column: its size, and its bytes, as they are or to be written. */
interface BufferPlan {
  readonly bytes: number;
  /** The bytes themselves, when they are big enough to be inserted. */
  readonly view?: Uint8Array | undefined;
  readonly write: (target: Uint8Array) => void;
}

interface ColumnPlan {
  readonly nullCount: number;
  readonly validity: BufferPlan;
  readonly offsets: BufferPlan | undefined;
  readonly values: BufferPlan;
}

function planColumn(column: Column, inParts: boolean): ColumnPlan {
  const { kind, length } = column;
  const nullCount = countNulls(column);
  const isText = isVariableKind(kind);
  const bitBytes = (length + 7) >> 3;
  const [firstByte, lastByte] = isText ? textRange(column) : [0, kind === 'bool' ? bitBytes : length * KIND_INFO[kind].cellBytes];
  const valueBytes = lastByte - firstByte;
  const isPart = inParts && kind !== 'bool' && valueBytes >= PART_BYTES;
  return {
    nullCount,
    validity: { bytes: nullCount === 0 ? 0 : bitBytes, write: (target) => writeValidity(column, target) },
    offsets: isText ? planOffsets(column, { firstByte, lastByte, inParts }) : undefined,
    values: {
      bytes: valueBytes,
      view: isPart ? viewBytes(column.values, firstByte, valueBytes) : undefined,
      write: (target) => writeValues(column, firstByte, target),
    },
  };
}

/** Which of the value bytes of a column belong to its rows. */
interface TextRange {
  readonly firstByte: number;
  readonly lastByte: number;
}

function planOffsets(column: Column, { firstByte, lastByte, inParts }: TextRange & { readonly inParts: boolean }): BufferPlan {
  const bytes = (column.length + 1) * 4;
  const offsets = viewBytes(column.offsets as Uint8Array, 0, bytes);
  // Offsets from 0 that lie as arrays do can stay where they are; they are checked all the same.
  const isPart = inParts && bytes >= PART_BYTES && firstByte === 0 && (offsets.byteOffset & 3) === 0;
  if (isPart) assertOffsets(new Int32Array(offsets.buffer, offsets.byteOffset, column.length + 1), column, { firstByte, lastByte });
  return {
    bytes,
    view: isPart ? offsets : undefined,
    write: (target) => writeOffsets(column, { firstByte, lastByte }, target),
  };
}

/** A decoded column may carry damaged offsets, and readers trust them. */
function assertOffsets(offsets: Int32Array, { values }: Column, { firstByte, lastByte }: TextRange): void {
  let previous = firstByte;
  for (let row = 0; row < offsets.length; row++) {
    const offset = offsets[row];
    if (offset < previous || offset > lastByte) throw offsetsError(row, previous, offset, values.length);
    previous = offset;
  }
}

function textRange(column: Column): [number, number] {
  const view = offsetsView(column);
  const first = view.getInt32(0, true);
  const last = view.getInt32(column.length * 4, true);
  if (first < 0 || last < first || last > column.values.length) throw offsetsError(0, first, last, column.values.length);
  return [first, last];
}

function writeValidity(column: Column, target: Uint8Array): void {
  if (column.validity !== undefined) copyBits(column.validity, column.bitOffset, target, column.length);
}

function writeValues(column: Column, firstByte: number, target: Uint8Array): void {
  if (column.kind === 'bool') copyBits(column.values, column.bitOffset, target, column.length);
  else target.set(viewBytes(column.values, firstByte, target.length));
}

/** Offsets from 0, checked. */
function writeOffsets(column: Column, range: TextRange, target: Uint8Array): void {
  const rebased = new Int32Array(target.buffer, target.byteOffset, column.length + 1);
  // Copied first, because those of a decoded column may be unaligned; arrays are read three times as fast as views.
  target.set(viewBytes(column.offsets as Uint8Array, 0, target.length));
  assertOffsets(rebased, column, range);
  if (range.firstByte !== 0) for (let row = 0; row < rebased.length; row++) rebased[row] -= range.firstByte;
}

function padTo8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

keepShape(planBatch(new Frame('', [new Field('', emptyColumn('string', true)), new Field('', emptyColumn('float64', true))])));
