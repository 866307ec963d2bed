import { type FieldKind, FrameError } from '../model/index.ts';
import type { JsonField } from './decode-schema.ts';
import type { JsonCursor } from './json-cursor.ts';

/** A cell on its way into a column; times are still milliseconds. */
export type JsonCell = number | bigint | string | boolean | null;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
/** Integers of so many characters are exact as numbers. */
const SAFE_LENGTH = 15;
/** Integers of 64 bits have no more characters; reading more takes the engine ever longer per digit. */
const MAX_LENGTH = 20;

/** What a null becomes in a field that is not nullable, as in Go, whose zero time is the year 1: no time in nanoseconds. */
const ZERO: Readonly<Record<FieldKind, JsonCell>> = {
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0,
  uint8: 0,
  uint16: 0,
  uint32: 0,
  uint64: 0,
  float32: 0,
  float64: 0,
  string: '',
  bool: false,
  time: 0,
  json: '',
  enum: 0,
};

/** Reads the array of one field's cells. */
export function decodeCells(cursor: JsonCursor, { name, kind, nullable }: JsonField): JsonCell[] {
  const cells: JsonCell[] = [];
  const nothing = nullable ? null : ZERO[kind];
  cursor.readArray((row) => {
    const isNull = cursor.peek() === 'n' && cursor.text.startsWith('null', cursor.at);
    if (isNull) cursor.at += 4;
    cells.push(isNull ? nothing : decodeCell(cursor, { kind, name, row }));
  });
  return cells;
}

interface CellPlace {
  readonly kind: FieldKind;
  readonly name: string;
  readonly row: number;
}

function decodeCell(cursor: JsonCursor, place: CellPlace): JsonCell {
  switch (place.kind) {
    case 'string':
      if (cursor.peek() !== '"') throw valueError(cursor, place, 'text');
      return cursor.readString();
    case 'bool': {
      const word = cursor.peek() === '"' ? '' : cursor.readWord();
      if (word !== 'true' && word !== 'false') throw valueError(cursor, place, 'true or false');
      return word === 'true';
    }
    case 'json': {
      const { start, end } = cursor.skipValue();
      cursor.parse(start, end);
      return cursor.text.slice(start, end);
    }
    case 'int64':
    case 'uint64':
      return decodeInteger(cursor, place);
    default:
      return decodeNumber(cursor, place);
  }
}

/** A number, or text that holds one, as Go accepts it. */
function decodeNumber(cursor: JsonCursor, place: CellPlace): number {
  const text = numberText(cursor, place);
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw valueError(cursor, place, 'a number (of at most 1.8e308)');
  return value;
}

function decodeInteger(cursor: JsonCursor, place: CellPlace): number | bigint {
  const text = numberText(cursor, place);
  if (text.length <= MAX_LENGTH && INTEGER.test(text)) return text.length <= SAFE_LENGTH ? Number(text) : BigInt(text);
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw valueError(cursor, place, 'a whole number');
  return value;
}

function numberText(cursor: JsonCursor, place: CellPlace): string {
  const first = cursor.peek();
  if (first === '{' || first === '[') throw valueError(cursor, place, 'a number');
  return first === '"' ? cursor.readString() : cursor.readWord();
}

function valueError(cursor: JsonCursor, { kind, name, row }: CellPlace, expected: string): FrameError {
  const seen = cursor.text.slice(Math.max(0, cursor.at - 20), cursor.at + 20);
  return new FrameError('json_value', {
    reason: `a cell of kind ${kind} needs ${expected}, near ${JSON.stringify(seen)}`,
    field: name,
    row,
  });
}
