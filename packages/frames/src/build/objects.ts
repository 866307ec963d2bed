import { type FieldKind, type Frame, FrameError } from '../model/index.ts';
import { assertRows, frameFromRows, type RowColumn, type RowsOptions } from './rows.ts';

/** What is known of the columns beforehand: a kind, or kind, nullability, labels and config, by name. */
export type ObjectShape = Readonly<Record<string, FieldKind | Omit<RowColumn, 'name'>>>;

const MAX_CELLS = 50_000_000;

/** How to make a frame of objects. */
export interface ObjectsOptions extends RowsOptions {
  /** Leaves out keys that the shape does not name. */
  readonly onlyShape?: boolean | undefined;
  /** Cells that the frame may have, 50 million by default: objects that share no keys make it large. */
  readonly maxCells?: number | undefined;
}

/**
 * Makes a frame of objects, such as the rows of a JSON API: one column per key, missing keys are null.
 *
 * The columns of the shape come first, in its order, even when no object has them; then the other keys in the order
 * in which they first appear. Kinds are inferred as `frameFromRows` infers them, nested objects and arrays become
 * json, and every column is nullable unless the shape says otherwise.
 *
 * @throws FrameError `cell_invalid` naming field and row when a value does not fit the kind of the shape, or a row is no
 *   object; `frame_too_large` past `maxCells`
 */
export function frameFromObjects(rows: readonly object[], shape: ObjectShape = {}, options: ObjectsOptions = {}): Frame {
  const { onlyShape = false, maxCells = MAX_CELLS } = options;
  assertRows(rows);
  const columns = new Map<string, RowColumn>();
  for (const [name, known] of Object.entries(shape))
    columns.set(name, typeof known === 'string' ? { name, kind: known } : { ...known, name });
  if (!onlyShape) for (const row of rows) for (const name of Object.keys(row)) if (!columns.has(name)) columns.set(name, { name });
  const names = [...columns.keys()];
  if (names.length * rows.length > maxCells)
    throw new FrameError('frame_too_large', {
      reason: `${rows.length} objects with ${names.length} keys between them are more than ${maxCells} cells`,
      hint: 'name the keys that matter in the shape and give onlyShape, or raise maxCells',
    });
  const table = rows.map((row) => names.map((name) => (Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : null)));
  return frameFromRows([...columns.values()], table, options);
}
