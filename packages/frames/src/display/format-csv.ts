import { type Field, type Frame, floorToMillis } from '../model/index.ts';
import { formatNanos } from './dates.ts';
import { createCellFormatter, enumWord, formatFieldName } from './format-cell.ts';
import { createShownReader } from './shown-cells.ts';

/** How times are written: ISO 8601 in UTC, or a whole number of milliseconds or nanoseconds since 1970. */
export type TimeStyle = 'iso' | 'ms' | 'ns';

/** How a CSV file is written. */
export interface CsvOptions {
  /** One character between cells; a comma by default. */
  readonly delimiter?: string | undefined;
  /** Whether the first line has the names of the fields; true by default. */
  readonly header?: boolean | undefined;
  /** ISO by default, with nanoseconds where there are any. */
  readonly times?: TimeStyle | undefined;
  /** Write cells as they are shown, with units, decimals and value mappings, instead of their plain values. */
  readonly formatted?: boolean | undefined;
  /**
   * Put an apostrophe before text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` …). Off by default,
   * because it changes the data; switch it on when strangers' data is opened in a spreadsheet.
   */
  readonly escapeFormulas?: boolean | undefined;
}

const ROWS_PER_CHUNK = 1024;
/** Long cells end a chunk earlier: a string has an end. */
const MAX_CHUNK_LENGTH = 2 ** 20;

/**
 * Writes a frame as CSV (RFC 4180: lines end in CR LF, quotes are doubled).
 *
 * Null is an empty cell, and empty text is `""`; numbers are exact, enum cells are their words.
 *
 * @returns text in chunks of at most about a thousand rows, each whole lines
 * @throws TypeError when the delimiter is not one character, or is a quote or a line break
 */
export function* formatCsv(frame: Frame, options: CsvOptions = {}): Generator<string, void, undefined> {
  const { delimiter = ',', header = true } = options;
  if ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter)) throw new TypeError(`${JSON.stringify(delimiter)} cannot delimit CSV`);
  const quote = createQuoter(delimiter, options.escapeFormulas ?? false);
  if (frame.fields.length === 0) return;
  let chunk = header ? `${frame.fields.map((field) => quote(formatFieldName(field))).join(delimiter)}\r\n` : '';
  const columns = frame.fields.map((field) => createCellWriter(field, quote, options));
  for (let row = 0; row < frame.length; row++) {
    for (let i = 0; i < columns.length; i++) chunk += i === 0 ? columns[0](row) : delimiter + columns[i](row);
    chunk += '\r\n';
    if ((row + 1) % ROWS_PER_CHUNK !== 0 && chunk.length < MAX_CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

type CellWriter = (row: number) => string;

function createCellWriter(field: Field, quote: (text: string) => string, { times = 'iso', formatted = false }: CsvOptions): CellWriter {
  const read = createShownReader(field.column);
  if (formatted) {
    const format = createCellFormatter(field);
    return (row) => (read(row) === null && format(row) === '' ? '' : quote(format(row)));
  }
  switch (field.kind) {
    case 'time': {
      const format = TIME_STYLES[times];
      return orEmpty(read, (cell) => format(cell as bigint));
    }
    case 'string':
    case 'json':
      return orEmpty(read, (cell) => quote(cell as string));
    case 'enum':
      return orEmpty(read, (cell) => quote(enumWord(field, cell as number) ?? String(cell)));
    default:
      return orEmpty(read, (cell) => (Object.is(cell, -0) ? '-0' : String(cell)));
  }
}

/** Times as text. */
export const TIME_STYLES: Readonly<Record<TimeStyle, (nanos: bigint) => string>> = {
  iso: formatNanos,
  ms: (nanos) => String(floorToMillis(nanos)),
  ns: String,
};

function orEmpty<T>(read: (row: number) => T | null, format: (cell: T) => string): CellWriter {
  return (row) => {
    const cell = read(row);
    return cell === null ? '' : format(cell);
  };
}

/** The characters at which spreadsheets take a cell for a formula, their wide twins included. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function createQuoter(delimiter: string, escapeFormulas: boolean): (text: string) => string {
  return (text) => {
    const safe = escapeFormulas && FORMULA.test(text) ? `'${text}` : text;
    const isPlain = safe !== '' && !/["\r\n]/.test(safe) && !safe.includes(delimiter);
    return isPlain ? safe : `"${safe.replaceAll('"', '""')}"`;
  };
}
