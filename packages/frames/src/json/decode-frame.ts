import { buildColumn, field } from '../build/index.ts';
import { decodeText, Frame, FrameError } from '../model/index.ts';
import { decodeCells, type JsonCell } from './decode-cells.ts';
import { decodeSchema, type JsonField, type JsonSchema, shapeError } from './decode-schema.ts';
import { JsonCursor } from './json-cursor.ts';

/**
 * Reads a frame from Grafana's frame JSON: 64-bit integers and nanoseconds exactly, NaN and infinities from
 * `entities`. Keys may come in any order; unknown ones are passed over.
 *
 * @throws FrameError `json_syntax`, `json_shape`, `json_value`, `metadata_invalid` or `frame_uneven`
 */
export function decodeFrameJson(json: string | Uint8Array): Frame {
  const cursor = new JsonCursor(typeof json === 'string' ? json : decodeText(json));
  const parts = findParts(cursor);
  if (parts.schema === undefined) throw shapeError({ reason: 'it has no schema' });
  const schema = decodeSchema(cursor.parse(parts.schema.start, parts.schema.end));
  const cells = decodeValues(cursor, schema, parts.values);
  const parse = (part: Part | undefined) => (part === undefined ? undefined : cursor.parse(part.start, part.end));
  addEntities(schema.fields, cells, parse(parts.entities));
  const nanos = parse(parts.nanos);
  const fields = schema.fields.map((info, i) => {
    const column = info.kind === 'time' ? toNanoseconds(info, cells[i], listAt(nanos, i)) : cells[i];
    return field(
      info.name,
      namingField(info.name, () => buildColumn(info.kind, column, info)),
    );
  });
  return new Frame(schema.name, fields, schema);
}

interface Part {
  readonly start: number;
  readonly end: number;
}

type PartName = 'schema' | 'values' | 'entities' | 'nanos';

/** Where the parts lie in the text. */
function findParts(cursor: JsonCursor): { [Name in PartName]?: Part } {
  const parts: { [Name in PartName]?: Part } = {};
  if (cursor.peek() !== '{') throw shapeError({ reason: 'it is not an object' });
  cursor.readObject((key) => {
    if (key === 'schema') parts.schema = cursor.skipValue();
    else if (key === 'data' && cursor.peek() === '{')
      cursor.readObject((name) => {
        const part = cursor.skipValue();
        if (name === 'values' || name === 'entities' || name === 'nanos') parts[name] = part;
      });
    else cursor.skipValue();
  });
  cursor.end();
  return parts;
}

/** The cells of every field; none when there are no values at all. */
function decodeValues(cursor: JsonCursor, { fields }: JsonSchema, values: Part | undefined): JsonCell[][] {
  const cells: JsonCell[][] = [];
  if (values !== undefined && cursor.text.charAt(values.start) !== 'n') {
    cursor.at = values.start;
    cursor.readArray((index) => {
      if (index >= fields.length)
        throw shapeError({ reason: `its data has more value lists than the ${fields.length} fields of its schema` });
      cells.push(decodeCells(cursor, fields[index]));
    });
  }
  if (cells.length !== 0 && cells.length < fields.length)
    throw shapeError({ reason: `its data has ${cells.length} value lists for ${fields.length} fields` });
  return cells.length === 0 ? fields.map(() => []) : cells;
}

const ENTITIES = { NaN: Number.NaN, Inf: Number.POSITIVE_INFINITY, NegInf: Number.NEGATIVE_INFINITY } as const;

function addEntities(fields: readonly JsonField[], cells: JsonCell[][], entities: unknown): void {
  fields.forEach(({ name, kind }, i) => {
    const lookup = listAt(entities, i);
    if (typeof lookup !== 'object' || lookup === null || (kind !== 'float64' && kind !== 'float32')) return;
    for (const [key, value] of Object.entries(ENTITIES)) {
      const rows = (lookup as Readonly<Record<string, unknown>>)[key];
      if (!Array.isArray(rows)) continue;
      for (const row of rows) {
        if (!Number.isInteger(row) || row < 0 || row >= cells[i].length)
          throw shapeError({ reason: `entities name row ${row} of ${cells[i].length}`, field: name });
        cells[i][row] = value;
      }
    }
  });
}

function listAt(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list[index] : undefined;
}

/** Milliseconds and the nanoseconds beyond them as one number. */
function toNanoseconds({ name }: JsonField, cells: readonly JsonCell[], nanos: unknown): (bigint | null)[] {
  return cells.map((cell, row) => {
    if (cell === null) return null;
    const extra = listAt(nanos, row) ?? 0;
    if (typeof extra !== 'number' || !Number.isSafeInteger(extra))
      throw shapeError({ reason: `nanos of row ${row} are no whole number`, field: name });
    if (!Number.isSafeInteger(Math.trunc(cell as number)))
      throw new FrameError('json_value', { reason: `${cell} ms is no time`, field: name, row });
    return BigInt(Math.trunc(cell as number)) * 1_000_000n + BigInt(extra);
  });
}

/** Adds the field's name to the error of a value that does not fit. */
function namingField<T>(name: string, build: () => T): T {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new FrameError('json_value', { ...cause.facts, field: name }, { cause });
  }
}
