import { type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

/** True and false. */
export function bool(cells: Cells<boolean>, options: ColumnOptions = {}): ColumnInput {
  const { length } = cells;
  const values = new Uint8Array((length + 7) >> 3);
  const validity = new ValidityBuilder(length);
  for (let row = 0; row < length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) validity.markNull(row);
    else if (typeof cell !== 'boolean') throw cellError('bool', row, cell, 'true or false');
    else if (cell) values[row >> 3] |= 1 << (row & 7);
  }
  return finishColumn({ kind: 'bool', length, values, validity }, options);
}
