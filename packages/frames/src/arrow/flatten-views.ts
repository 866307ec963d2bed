import { assertTextBytes, type Column } from '../model/index.ts';
import type { CopyBudget } from './copy-budget.ts';
import type { Chunk } from './decode-batch.ts';
import { invalid } from './flatbuffer-reader.ts';

/**
 * Turns a Utf8View chunk into values with offsets, the one layout of text that columns have. Copies the text.
 *
 * | view     | bytes | content                                                     |
 * |----------|-------|-------------------------------------------------------------|
 * | 0        | 4     | length                                                      |
 * | 4        | 12    | the text, when it has at most 12 bytes                      |
 * | 4, 8, 12 | 4 × 3 | else: its first bytes, the buffer's number, the offset in it |
 */
export function flattenViews(chunk: Chunk, field: string, budget: CopyBudget): Column {
  const { kind, nullable, length, values: views, viewBuffers = [], validity, bitOffset } = chunk;
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  budget.take((length + 1) * 4, field);
  const offsets = new Int32Array(length + 1);
  let total = 0;
  for (let row = 0; row < length; row++) {
    const bytes = view.getInt32(row * 16, true);
    const isNull = validity !== undefined && ((validity[row >> 3] >> (row & 7)) & 1) === 0;
    offsets[row] = total;
    if (isNull) continue;
    if (bytes < 0) throw invalid(`a text of ${bytes} bytes`, field);
    total += bytes;
    budget.take(bytes, field);
  }
  assertTextBytes(total, field);
  offsets[length] = total;
  const values = new Uint8Array(total);
  for (let row = 0; row < length; row++) {
    const bytes = offsets[row + 1] - offsets[row];
    if (bytes === 0) continue;
    values.set(
      bytes <= 12 ? views.subarray(row * 16 + 4, row * 16 + 4 + bytes) : longText(view, { row, bytes, viewBuffers, field }),
      offsets[row],
    );
  }
  return { kind, nullable, length, values, offsets: new Uint8Array(offsets.buffer), validity, bitOffset };
}

interface LongText {
  readonly row: number;
  readonly bytes: number;
  readonly viewBuffers: readonly Uint8Array[];
  readonly field: string;
}

function longText(view: DataView, { row, bytes, viewBuffers, field }: LongText): Uint8Array {
  const buffer = viewBuffers[view.getInt32(row * 16 + 8, true)];
  const start = view.getInt32(row * 16 + 12, true);
  if (buffer === undefined || start < 0 || start + bytes > buffer.length) throw invalid(`the view of row ${row} leaves its buffers`, field);
  return buffer.subarray(start, start + bytes);
}
