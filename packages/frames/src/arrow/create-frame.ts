import { type Column, emptyColumn, Field, Frame, FrameError, isVariableKind, joinColumns, withFacts } from '../model/index.ts';
import { CopyBudget } from './copy-budget.ts';
import { type BatchPlace, type Chunk, decodeBatch } from './decode-batch.ts';
import type { Schema, SchemaField } from './decode-schema.ts';
import type { FlatbufferReader } from './flatbuffer-reader.ts';
import { flattenViews } from './flatten-views.ts';

/** What one column in one batch counts as work. An honest writer spends 48 bytes on it; we make a handful of objects. */
const WORK_PER_CHUNK = 256;

/** Makes a frame of a schema and its record batches. */
export function createFrame(reader: FlatbufferReader, schema: Schema, places: Iterable<BatchPlace>): Frame {
  const chunks: Chunk[][] = schema.fields.map(() => []);
  for (const place of places) {
    reader.spend(schema.fields.length * WORK_PER_CHUNK);
    const batch = decodeBatch(reader, schema.fields, place);
    for (let index = 0; index < chunks.length; index++) chunks[index].push(batch.chunks[index]);
  }
  const budget = new CopyBudget(reader.bytes.length);
  const fields = schema.fields.map((field, index) => new Field(field.name, joinColumn(field, chunks[index], budget), field));
  return new Frame(schema.name, fields, schema);
}

function joinColumn(field: SchemaField, chunks: readonly Chunk[], budget: CopyBudget): Column {
  const flat = field.isView ? chunks.map((chunk) => flattenViews(chunk, field.name, budget)) : chunks;
  const column = joinChunks(field, flat, budget);
  if (field.nanosPerUnit === 1n) return column;
  budget.take(column.length * 8, field.name);
  return toNanoseconds(field, column);
}

/** The chunks of one field as one column; a single chunk stays a view on the file. */
function joinChunks({ name, kind, nullable }: SchemaField, chunks: readonly Chunk[], budget: CopyBudget): Column {
  const columns = chunks.map(({ length, values, offsets, validity }) => ({
    kind,
    nullable,
    length,
    values,
    offsets,
    validity,
    bitOffset: 0,
  }));
  if (columns.length === 1) return columns[0];
  if (columns.length === 0) return emptyColumn(kind, nullable);
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const bytes = columns.reduce((sum, { values }) => sum + values.length, 0);
  budget.take(bytes + (isVariableKind(kind) ? (length + 1) * 4 : 0) + Math.ceil(length / 8), name);
  return withFacts({ field: name }, () => joinColumns(columns, nullable));
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
