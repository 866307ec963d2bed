import { type Column, copyBits, FrameError, isVariableKind, KIND_INFO } from '../model/index.ts';
import type { CopyBudget } from './copy-budget.ts';
import type { Chunk } from './decode-batch.ts';
import type { SchemaField } from './decode-schema.ts';
import { invalid } from './flatbuffer-reader.ts';

/** The chunks of one field as one column; a single chunk stays a view on the file. */
export function joinChunks(field: SchemaField, chunks: readonly Chunk[], budget: CopyBudget): Column {
  const { kind, nullable, name } = field;
  const base = { kind, nullable, bitOffset: 0 };
  if (chunks.length === 1) return { ...base, ...chunks[0] };
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.values.length, 0);
  const offsetBytes = isVariableKind(kind) ? (length + 1) * 4 : 0;
  budget.take(bytes + offsetBytes + Math.ceil(length / 8), name);
  if (!isVariableKind(kind))
    return { ...base, length, offsets: undefined, validity: joinValidity(chunks, length), values: joinCells(field, chunks, length) };
  if (bytes > 2 ** 31 - 1) throw new FrameError('column_too_large', { reason: 'more than 2 GiB of text', field: name });
  return { ...base, length, validity: joinValidity(chunks, length), ...joinTexts(field, chunks, { length, bytes }) };
}

function joinCells({ kind }: SchemaField, chunks: readonly Chunk[], length: number): Uint8Array {
  if (kind === 'bool') return joinBits(chunks, length, (chunk) => chunk.values);
  const values = new Uint8Array(length * KIND_INFO[kind].cellBytes);
  let at = 0;
  for (const chunk of chunks) {
    values.set(chunk.values, at);
    at += chunk.values.length;
  }
  return values;
}

function joinValidity(chunks: readonly Chunk[], length: number): Uint8Array | undefined {
  return chunks.some((chunk) => chunk.validity !== undefined) ? joinBits(chunks, length, (chunk) => chunk.validity) : undefined;
}

/** Bitmaps end to end; a chunk without one counts as all set. */
function joinBits(chunks: readonly Chunk[], length: number, bitsOf: (chunk: Chunk) => Uint8Array | undefined): Uint8Array {
  const joined = new Uint8Array(((length + 7) >> 3) + 1);
  let at = 0;
  for (const chunk of chunks) {
    const bits = new Uint8Array((chunk.length + 7) >> 3).fill(255);
    copyBits(bitsOf(chunk) ?? bits, 0, bits, chunk.length);
    for (let i = 0; i < bits.length; i++) {
      joined[(at >> 3) + i] |= bits[i] << (at & 7);
      joined[(at >> 3) + i + 1] |= bits[i] >> (8 - (at & 7));
    }
    at += chunk.length;
  }
  return joined.subarray(0, (length + 7) >> 3);
}

function joinTexts(field: SchemaField, chunks: readonly Chunk[], { length, bytes }: { length: number; bytes: number }) {
  const values = new Uint8Array(bytes);
  const offsets = new Int32Array(length + 1);
  let row = 0;
  let at = 0;
  for (const { length: rows, values: source, offsets: starts } of chunks) {
    if (starts === undefined) throw new TypeError('a column of text needs offsets');
    const view = new DataView(starts.buffer, starts.byteOffset, starts.byteLength);
    const first = view.getInt32(0, true);
    let previous = first;
    for (let i = 0; i <= rows; i++) {
      const offset = view.getInt32(i * 4, true);
      if (offset < previous || offset < 0 || offset > source.length)
        throw invalid(`cell offset ${offset} after ${previous} in ${source.length} bytes`, field.name);
      offsets[row + i] = at + offset - first;
      previous = offset;
    }
    values.set(source.subarray(first, previous), at);
    at += previous - first;
    row += rows;
  }
  return { values: values.subarray(0, at), offsets: new Uint8Array(offsets.buffer) };
}
