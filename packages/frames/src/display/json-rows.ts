import type { CellValue, Field, Frame } from '../model/index.ts';
import { enumWord, formatFieldName } from './format-cell.ts';
import { TIME_STYLES, type TimeStyle } from './format-csv.ts';
import { createShownReader } from './shown-cells.ts';

/** How rows become JSON values. */
export interface JsonRowsOptions {
  /** ISO 8601 text by default; `ms` gives numbers, `ns` text, which is exact. */
  readonly times?: TimeStyle | undefined;
  /** What 64-bit integers become: numbers, rounded beyond 2^53 (the default), or text, which is exact. */
  readonly bigIntegers?: 'number' | 'string' | undefined;
}

/**
 * The rows of a frame as plain objects of JSON values, for `JSON.stringify`, one at a time.
 *
 * Keys are the names of the fields; where names repeat, labels are added, and then a number. NaN, infinities and
 * JSON cells that are no JSON become null; enum cells become their words.
 */
export function* toJsonRows(frame: Frame, options: JsonRowsOptions = {}): Generator<Record<string, unknown>, void, undefined> {
  const keys = uniqueNames(frame.fields);
  const columns = frame.fields.map((field) => createJsonReader(field, options));
  for (let row = 0; row < frame.length; row++) yield Object.fromEntries(columns.map((read, i) => [keys[i], read(row)]));
}

function createJsonReader(field: Field, { times = 'iso', bigIntegers = 'number' }: JsonRowsOptions): (row: number) => unknown {
  const read = createShownReader(field.column);
  const convert = createConverter(field, times, bigIntegers);
  return (row) => {
    const cell = read(row);
    return cell === null ? null : convert(cell);
  };
}

function createConverter(field: Field, times: TimeStyle, bigIntegers: 'number' | 'string'): (cell: CellValue) => unknown {
  switch (field.kind) {
    case 'int64':
    case 'uint64':
      return bigIntegers === 'string' ? String : Number;
    case 'time': {
      const format = TIME_STYLES[times];
      return times === 'ms' ? (cell) => Number(format(cell as bigint)) : (cell) => format(cell as bigint);
    }
    case 'float32':
    case 'float64':
      return (cell) => (Number.isFinite(cell) ? cell : null);
    case 'json':
      return parseJson;
    case 'enum':
      return (cell) => enumWord(field, cell as number) ?? cell;
    default:
      return (cell) => cell;
  }
}

/** Text that is no JSON is null, as in frame JSON. */
function parseJson(cell: CellValue): unknown {
  try {
    return JSON.parse(cell as string);
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function uniqueNames(fields: readonly Field[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set<string>();
  /** Numbers that were given out, by name: counting from 2 for each of many equal names would take the square of them. */
  const numbers = new Map<string, number>();
  return fields.map((field) => {
    const base = counts.get(field.name) === 1 ? field.name : formatFieldName(field);
    let name = base;
    for (let number = numbers.get(base) ?? 2; taken.has(name); number++) {
      name = `${base} ${number}`;
      numbers.set(base, number + 1);
    }
    taken.add(name);
    return name;
  });
}
