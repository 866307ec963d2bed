import { type Column, copyBits, countNulls, type Frame, FrameError, isVariableKind, KIND_INFO, offsetsError } from '../model/index.ts';
import { PAIR_BYTES } from './layout.ts';
import type { MessageWriter } from './message-writer.ts';
import type { BatchTemplate } from './template.ts';

/** What a record batch of a frame takes up. */
export interface BatchPlan {
  readonly rows: number;
  readonly columns: readonly ColumnPlan[];
  readonly bodyBytes: number;
}

/** Measures the record batch of a frame. */
export function planBatch(frame: Frame): BatchPlan {
  const columns = frame.fields.map((field) => planColumn(field.column));
  const bodyBytes = columns.reduce((sum, plan) => sum + plan.validityBytes + plan.offsetBytes + plan.valueBytes, 0);
  return { rows: frame.length, columns, bodyBytes };
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
  for (const plan of columns) {
    out.setInt64(node, rows);
    out.setInt64(node + 8, plan.nullCount);
    node += PAIR_BYTES;
    addBuffer(plan.nullCount === 0 ? 0 : (rows + 7) >> 3, plan.validityBytes, (target) => writeValidity(plan, target));
    if (isVariableKind(plan.column.kind)) addBuffer((rows + 1) * 4, plan.offsetBytes, (target) => writeOffsets(plan, target));
    addBuffer(plan.lastByte - plan.firstByte, plan.valueBytes, (target) => writeValues(plan, target));
  }
  return bodyAt;
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
  if (column.offsets === undefined) throw new FrameError('arrow_invalid', { reason: 'a column of text without offsets' });
  const rebased = new Int32Array(target.buffer, target.byteOffset, column.length + 1);
  // Copied first, because those of a decoded column may be unaligned; arrays are read three times as fast as views.
  target.set(column.offsets.subarray(0, target.length));
  let previous = firstByte;
  for (let row = 0; row < rebased.length; row++) {
    const offset = rebased[row];
    if (offset < previous || offset > lastByte) throw offsetsError(row, previous, offset, column.values.length);
    rebased[row] = offset - firstByte;
    previous = offset;
  }
}

function padTo8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
