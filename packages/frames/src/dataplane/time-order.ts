import type { Column } from '../model/index.ts';

/** The first rows that break the order of a time column. */
export interface TimeOrder {
  /** First row whose time lies before that of the row above. */
  readonly unsortedRow: number | undefined;
  /** First row whose time is that of the row above. */
  readonly repeatedRow: number | undefined;
}

/** Looks for times out of order, without a bigint per cell. The column has no nulls. */
export function findTimeOrder({ values, length }: Column): TimeOrder {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  let repeatedRow: number | undefined;
  for (let row = 1; row < length; row++) {
    const at = row * 8;
    const order = view.getInt32(at + 4, true) - view.getInt32(at - 4, true) || view.getUint32(at, true) - view.getUint32(at - 8, true);
    if (order < 0) return { unsortedRow: row, repeatedRow };
    if (order === 0) repeatedRow ??= row;
  }
  return { unsortedRow: undefined, repeatedRow };
}
