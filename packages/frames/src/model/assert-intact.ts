import { type Column, offsetsError, offsetsView } from './column.ts';
import type { Frame } from './frame.ts';
import { withFacts } from './frame-error.ts';

/**
 * Checks what opening an Arrow file does not: that the cells of text columns lie within their bytes, in order. About
 * 1 ns a row. Afterwards, encoding the frame cannot fail half-way through a response.
 *
 * @throws FrameError `arrow_invalid` naming field and row
 */
export function assertIntact(frame: Frame): void {
  for (const { name, column } of frame.fields) withFacts({ field: name }, () => checkOffsets(column));
}

function checkOffsets(column: Column): void {
  const { values, length } = column;
  if (column.offsets === undefined) return;
  const view = offsetsView(column);
  let previous = view.getInt32(0, true);
  if (previous < 0 || previous > values.length) throw offsetsError(0, previous, previous, values.length);
  for (let row = 1; row <= length; row++) {
    const offset = view.getInt32(row * 4, true);
    if (offset < previous || offset > values.length) throw offsetsError(row - 1, previous, offset, values.length);
    previous = offset;
  }
}
