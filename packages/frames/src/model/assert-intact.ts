import { type Column, offsetsError, offsetsView } from './column.ts';
import type { Frame } from './frame.ts';
import { FrameError } from './frame-error.ts';
import { isVariableKind, KIND_INFO } from './kind.ts';

/**
 * Checks what opening an Arrow file does not: that the cells of text columns lie within their bytes, in order. About
 * 1 ns a row. Afterwards, encoding the frame cannot fail half-way through a response. Columns that were put together by
 * hand are checked as well: their parts have to be as long as `Column` says.
 *
 * @throws FrameError `arrow_invalid` naming field and row
 */
export function assertIntact({ fields }: Frame): void {
  // One try for all fields: a closure for each costs more than the checks of a small frame.
  let index = 0;
  try {
    for (; index < fields.length; index++) {
      checkParts(fields[index].column);
      checkOffsets(fields[index].column);
    }
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new FrameError(cause.code, { ...cause.facts, field: fields[index].name }, { cause });
  }
}

function checkParts({ kind, nullable, length, values, offsets, validity, bitOffset }: Column): void {
  const info = Object.hasOwn(KIND_INFO, kind) ? KIND_INFO[kind] : undefined;
  if (info === undefined) throw partError(`there is no kind ${JSON.stringify(kind)}`);
  if (!Number.isSafeInteger(length) || length < 0) throw partError(`a column of ${length} cells`);
  if (!(Number.isInteger(bitOffset) && bitOffset >= 0 && bitOffset < 8)) throw partError(`bits start at bit ${bitOffset}, not at 0 to 7`);
  if (validity !== undefined && !nullable) throw partError('a column with nulls that is not nullable');
  const bitmapBytes = Math.ceil((bitOffset + length) / 8);
  const isVariable = isVariableKind(kind);
  assertBytes('values', values, kind === 'bool' ? bitmapBytes : length * info.cellBytes);
  if (isVariable) assertBytes('offsets', offsets, (length + 1) * 4);
  else if (offsets !== undefined) throw partError(`offsets in a column of kind ${kind}`);
  if (validity !== undefined) assertBytes('validity', validity, bitmapBytes);
}

function assertBytes(part: string, bytes: Uint8Array | undefined, needed: number): void {
  if (bytes === undefined || bytes.length < needed) throw partError(`${bytes?.length ?? 'no'} bytes of ${part} where ${needed} are needed`);
}

function partError(reason: string): FrameError {
  return new FrameError('arrow_invalid', { reason });
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
