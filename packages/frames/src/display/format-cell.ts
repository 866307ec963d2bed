import { type CellValue, compareText, type Field, floorToMillis } from '../model/index.ts';
import { type DateOptions, findDateUnit, formatNanos } from './dates.ts';
import { formatDecimals } from './decimals.ts';
import { findMapping } from './mappings.ts';
import { createShownReader } from './shown-cells.ts';
import { findUnit } from './units.ts';

/** How cells are shown. */
export interface CellFormatOptions extends DateOptions {
  /** Shown for null where the field has no `noValue`; empty by default. */
  readonly nullText?: string | undefined;
}

/** Turns a row of one field into text. */
export type CellFormatter = (row: number) => string;

/**
 * A formatter for the cells of a field, by its kind and its config: value mappings first, then `noValue`, unit and
 * decimals. What has neither unit nor decimals is shown exactly, to the last digit and nanosecond.
 *
 * @returns text that may hold any character of the data; pass it through `printable` for a terminal
 */
export function createCellFormatter(field: Field, options: CellFormatOptions = {}): CellFormatter {
  const read = createShownReader(field.column);
  const format = createValueFormatter(field, options);
  const { mappings, noValue } = field.config ?? {};
  const nullText = noValue ?? options.nullText ?? '';
  const plain = (cell: CellValue) => (cell === null ? nullText : format(cell));
  if (mappings === undefined || mappings.length === 0) return (row) => plain(read(row));
  return (row) => {
    const cell = read(row);
    const text = findMapping(mappings, cell)?.text;
    return typeof text === 'string' && text !== '' ? text : plain(cell);
  };
}

/** One cell as text; empty beyond the last row. For more than one cell of a field, `createCellFormatter` is faster. */
export function formatCell(field: Field, row: number, options: CellFormatOptions = {}): string {
  return field.get(row) === undefined ? '' : createCellFormatter(field, options)(row);
}

/** The name that a reader sees: the display name of the config, or the name with its labels. */
export function formatFieldName({ name, labels, config }: Field): string {
  const shown = config?.displayName || config?.displayNameFromDS;
  if (shown) return shown;
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? name : `${name}{${pairs.sort(compareText).join(', ')}}`;
}

/** The word of an enum cell. The inside of field config comes off the wire unchecked. */
export function enumWord({ config }: Field, cell: number): string | undefined {
  const word = config?.type?.enum?.text?.[cell];
  return typeof word === 'string' ? word : undefined;
}

function createValueFormatter(field: Field, options: DateOptions): (cell: CellValue) => string {
  const { unit, decimals } = field.config ?? {};
  switch (field.kind) {
    case 'string':
    case 'json':
      return String;
    case 'enum':
      return (cell) => enumWord(field, cell as number) ?? String(cell);
    case 'time': {
      const date = unit === undefined ? undefined : findDateUnit(unit);
      return date === undefined ? (cell) => formatNanos(cell as bigint) : (cell) => date(floorToMillis(cell as bigint), options);
    }
    case 'bool': {
      const format = unit?.startsWith('bool') ? findUnit(unit) : undefined;
      return format === undefined ? String : (cell) => format(Number(cell), undefined);
    }
    default:
      return createNumberFormatter({ unit, decimals }, options);
  }
}

function createNumberFormatter(
  { unit = '', decimals }: { unit: string | undefined; decimals: number | undefined },
  options: DateOptions,
): (cell: CellValue) => string {
  const date = findDateUnit(unit);
  if (date !== undefined) return (cell) => date(Number(cell), options);
  if (unit === '' && decimals === undefined) return (cell) => (Object.is(cell, -0) ? '-0' : String(cell));
  const format = unit === '' ? formatDecimals : findUnit(unit);
  return (cell) => format(Number(cell), decimals);
}
