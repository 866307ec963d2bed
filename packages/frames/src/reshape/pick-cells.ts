// The one way in which cells move in this room: a new column is a list of (source column, row).
import {
  allSet,
  assertTextBytes,
  bitAt,
  type Column,
  isNull,
  isVariableKind,
  KIND_INFO,
  offsetsError,
  offsetsView,
} from '../model/index.ts';

/** Where each cell of a new column comes from. */
export interface Picks {
  /** Row in the source, or -1 for null. */
  readonly rows: Int32Array;
  /** Index of the source column for each cell; all from the first when absent. */
  readonly sources?: Int32Array | undefined;
}

/** Below this many bytes a loop is faster than `set` with `subarray`. */
const LOOP_BYTES = 32;

/**
 * Copies cells of columns of one kind into a new column, in time linear in the cells picked.
 *
 * @param nullable whether the new column admits null; with false, no pick may be null
 * @throws FrameError `column_too_large` when picked text passes 2 GiB, `arrow_invalid` for damaged offsets
 */
export function pickCells(sources: readonly Column[], picks: Picks, nullable: boolean): Column {
  const { kind } = sources[0];
  const { length } = picks.rows;
  const base = { kind, nullable, length, bitOffset: 0, validity: nullable ? pickValidity(sources, picks) : undefined };
  if (isVariableKind(kind)) return { ...base, ...pickTexts(sources, picks) };
  return { ...base, offsets: undefined, values: kind === 'bool' ? pickBits(sources, picks) : pickFixed(sources, picks) };
}

function pickValidity(sources: readonly Column[], { rows, sources: from }: Picks): Uint8Array | undefined {
  let bits: Uint8Array | undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row >= 0 && !isNull(sources[from === undefined ? 0 : from[i]], row)) continue;
    bits ??= allSet(rows.length);
    bits[i >> 3] &= ~(1 << (i & 7));
  }
  return bits;
}

function pickBits(sources: readonly Column[], { rows, sources: from }: Picks): Uint8Array {
  const bits = new Uint8Array((rows.length + 7) >> 3);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < 0) continue;
    const { values, bitOffset } = sources[from === undefined ? 0 : from[i]];
    if (bitAt(values, bitOffset + rows[i])) bits[i >> 3] |= 1 << (i & 7);
  }
  return bits;
}

function pickFixed(sources: readonly Column[], picks: Picks): Uint8Array {
  const { cellBytes } = KIND_INFO[sources[0].kind];
  const target = new DataView(new ArrayBuffer(picks.rows.length * cellBytes));
  const views = sources.map(({ values }) => new DataView(values.buffer, values.byteOffset, values.byteLength));
  COPIERS[cellBytes](target, views, picks);
  return new Uint8Array(target.buffer);
}

type Copier = (target: DataView, views: readonly DataView[], picks: Picks) => void;

/** By width of a cell. Cells move as whole numbers, so that no NaN changes its bits. */
const COPIERS: Readonly<Record<number, Copier>> = {
  1: (target, views, { rows, sources }) => {
    for (let i = 0; i < rows.length; i++)
      if (rows[i] >= 0) target.setInt8(i, views[sources === undefined ? 0 : sources[i]].getInt8(rows[i]));
  },
  2: (target, views, { rows, sources }) => {
    for (let i = 0; i < rows.length; i++)
      if (rows[i] >= 0) target.setInt16(i * 2, views[sources === undefined ? 0 : sources[i]].getInt16(rows[i] * 2));
  },
  4: (target, views, { rows, sources }) => {
    for (let i = 0; i < rows.length; i++)
      if (rows[i] >= 0) target.setInt32(i * 4, views[sources === undefined ? 0 : sources[i]].getInt32(rows[i] * 4));
  },
  8: (target, views, { rows, sources }) => {
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] < 0) continue;
      const view = views[sources === undefined ? 0 : sources[i]];
      target.setInt32(i * 8, view.getInt32(rows[i] * 8));
      target.setInt32(i * 8 + 4, view.getInt32(rows[i] * 8 + 4));
    }
  },
};

function pickTexts(sources: readonly Column[], { rows, sources: from }: Picks): { values: Uint8Array; offsets: Uint8Array } {
  const views = sources.map(offsetsView);
  const offsets = new Int32Array(rows.length + 1);
  let bytes = 0;
  for (let i = 0; i < rows.length; i++) {
    offsets[i] = bytes;
    if (rows[i] < 0) continue;
    const source = from === undefined ? 0 : from[i];
    const start = views[source].getInt32(rows[i] * 4, true);
    const end = views[source].getInt32(rows[i] * 4 + 4, true);
    const limit = sources[source].values.length;
    if (start < 0 || end < start || end > limit) throw offsetsError(rows[i], start, end, limit);
    bytes += end - start;
    assertTextBytes(bytes);
  }
  offsets[rows.length] = bytes;
  const values = new Uint8Array(bytes);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < 0) continue;
    const source = from === undefined ? 0 : from[i];
    const start = views[source].getInt32(rows[i] * 4, true);
    copyBytes(sources[source].values, start, { target: values, at: offsets[i], length: offsets[i + 1] - offsets[i] });
  }
  return { values, offsets: new Uint8Array(offsets.buffer) };
}

function copyBytes(source: Uint8Array, start: number, { target, at, length }: { target: Uint8Array; at: number; length: number }): void {
  if (length > LOOP_BYTES) target.set(source.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) target[at + i] = source[start + i];
}
