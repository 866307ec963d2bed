import { type Column, emptyColumn, Field, Frame, FrameError, isVariableKind, joinColumns, shareSchema, withFacts } from '../model/index.ts';
import { CopyBudget } from './copy-budget.ts';
import { type BatchPlace, type Chunk, decodeBatch } from './decode-batch.ts';
import type { Schema, SchemaField } from './decode-schema.ts';
import type { FlatbufferReader } from './flatbuffer-reader.ts';
import { flattenViews } from './flatten-views.ts';

/** What one column in one batch counts as work. An honest writer spends 48 bytes on it; we make a handful of objects. */
const WORK_PER_CHUNK = 256;

/** Makes a frame of a schema and its record batches. */
export function createFrame(reader: FlatbufferReader, schema: Schema, places: Iterable<BatchPlace>): Frame {
  const batches: Chunk[][] = [];
  for (const place of places) {
    reader.spend(schema.fields.length * WORK_PER_CHUNK);
    batches.push(decodeBatch(reader, schema.fields, place));
  }
  const budget = new CopyBudget(reader.bytes.length);
  const fields: Field[] = [];
  for (let i = 0; i < schema.fields.length; i++) {
    const field = schema.fields[i];
    const isAsItIs = batches.length === 1 && !field.isView && field.nanosPerUnit === 1n;
    fields.push(new Field(field.name, isAsItIs ? batches[0][i] : joinColumn(field, chunksOf(batches, i), budget), field));
  }
  return shareSchema(new Frame(schema.name, fields, schema), schema);
}

const chunksOf = (batches: readonly Chunk[][], field: number): Chunk[] => batches.map((chunks) => chunks[field]);

function joinColumn(field: SchemaField, chunks: readonly Chunk[], budget: CopyBudget): Column {
  const flat = field.isView ? chunks.map((chunk) => flattenViews(chunk, field.name, budget)) : chunks;
  const column = joinChunks(field, flat, budget);
  if (field.nanosPerUnit === 1n) return column;
  budget.take(column.length * 8, field.name);
  return toNanoseconds(field, column);
}

/** The chunks of one field as one column. */
function joinChunks({ name, kind, nullable }: SchemaField, chunks: readonly Column[], budget: CopyBudget): Column {
  if (chunks.length === 0) return emptyColumn(kind, nullable);
  if (chunks.length === 1) return chunks[0];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = chunks.reduce((sum, { values }) => sum + values.length, 0);
  budget.take(bytes + (isVariableKind(kind) ? (length + 1) * 4 : 0) + Math.ceil(length / 8), name);
  return withFacts({ field: name }, () => joinColumns(chunks, nullable));
}

/** Times in nanoseconds, whatever unit they have. (Go takes any unit for nanoseconds and lands in 1970.) */
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
