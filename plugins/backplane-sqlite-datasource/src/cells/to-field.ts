import { type Column, Field, type Labels } from '@backplane/sdk/frames';
import type { Cells, CellValues } from './cells.ts';

/** Packs cells into the layout of a frame's column. Numbers and times are handed over as they are, not copied. */
export function toField(cells: Cells, labels?: Labels): Field {
  const { name, kind, length, nulls } = cells;
  const column: Column = {
    kind,
    length,
    nullable: nulls !== undefined,
    validity: nulls && packBits(nulls, 0),
    bitOffset: 0,
    ...packValues(cells),
  };
  return new Field(name, column, { labels });
}

function packValues(cells: CellValues): Pick<Column, 'values' | 'offsets'> {
  switch (cells.kind) {
    case 'time':
    case 'int64':
    case 'float64':
      return { values: new Uint8Array(cells.values.buffer, cells.values.byteOffset, cells.values.byteLength), offsets: undefined };
    case 'bool':
      return { values: packBits(cells.values, 1), offsets: undefined };
    case 'string':
    case 'json':
      return packText(cells.values);
    default:
      return cells satisfies never;
  }
}

/** One bit per byte, set where the byte equals `marked`; lowest bit first. */
function packBits(bytes: Uint8Array, marked: 0 | 1): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let row = 0; row < bytes.length; row++) if (bytes[row] === marked) bits[row >> 3] = bits[row >> 3]! | (1 << (row & 7));
  return bits;
}

const ENCODER = new TextEncoder();

function packText(values: readonly (string | null)[]): Pick<Column, 'values' | 'offsets'> {
  const offsets = new Int32Array(values.length + 1);
  let bytes = new Uint8Array(Math.max(1024, values.length * 8));
  let end = 0;
  for (const [row, value] of values.entries()) {
    if (value !== null) {
      // A UTF-16 unit becomes three bytes at most.
      if (bytes.length - end < value.length * 3) bytes = enlarge(bytes, end, value.length * 3);
      end += ENCODER.encodeInto(value, bytes.subarray(end)).written;
    }
    offsets[row + 1] = end;
  }
  return { values: bytes.subarray(0, end), offsets: new Uint8Array(offsets.buffer) };
}

function enlarge(bytes: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(bytes.length * 2, used + more));
  larger.set(bytes.subarray(0, used));
  return larger;
}
