import type { FieldKind } from '../model/index.ts';
import { buildBigIntegers } from './big-integers.ts';
import { bool } from './bools.ts';
import type { Cells, ColumnInput, ColumnOptions } from './column-options.ts';
import { buildNumbers } from './numbers.ts';
import { json, utf8 } from './texts.ts';

/**
 * A column of a kind known only at run time. Cells are as `Field.get` gives them: bigint (or safe number) for
 * int64, uint64 and time (nanoseconds), raw text for json.
 *
 * @throws FrameError `cell_invalid` naming the row whose value does not fit
 */
export function buildColumn(kind: FieldKind, cells: Cells<unknown>, options: ColumnOptions = {}): ColumnInput {
  switch (kind) {
    case 'int64':
    case 'uint64':
    case 'time':
      return buildBigIntegers(kind, cells as Cells<bigint>, options);
    case 'string':
      return utf8(cells as Cells<string>, options);
    case 'json':
      return json(cells, { ...options, raw: true });
    case 'bool':
      return bool(cells as Cells<boolean>, options);
    default:
      return buildNumbers(kind, cells as Cells<number>, options);
  }
}
