import { Field, Frame, type FrameOptions } from '../model/index.ts';
import type { ColumnInput } from './column-options.ts';

/** Columns by name, or in a list where names may repeat. Names that look like integers need the list, to keep their order. */
export type FrameColumns = Readonly<Record<string, ColumnInput>> | readonly (Field | readonly [name: string, column: ColumnInput])[];

/**
 * Makes a frame of columns.
 *
 * @throws FrameError `frame_uneven` when the columns differ in length
 */
export function frame(name: string, columns: FrameColumns, options?: FrameOptions): Frame {
  const list: readonly (Field | readonly [string, ColumnInput])[] = Array.isArray(columns) ? columns : Object.entries(columns);
  return new Frame(
    name,
    list.map((entry) => (entry instanceof Field ? entry : field(entry[0], entry[1]))),
    options,
  );
}

/**
 * Gives a column a name.
 *
 * @throws TypeError when there is no column, but perhaps an array of cells
 */
export function field(name: string, input: ColumnInput): Field {
  if (input?.column === undefined)
    throw new TypeError(`${JSON.stringify(name)} is no column: build one of its cells with float64, utf8, time.fromMillis or the like`);
  return new Field(name, input.column, input);
}
