import { utf8 } from '../build/index.ts';
import { Field, type FieldConfig, Frame, FrameError } from '../model/index.ts';
import { compareText } from './compare-text.ts';
import { pickCells } from './pick-cells.ts';
import { labelsKey } from './series-order.ts';
import { ascendingTimes, requireSeries } from './series-schema.ts';

/**
 * Turns a wide time series into a long one: for each time a row per set of labels, with a text field per label and a
 * field per name of a value field. Labels that a series lacks are empty text; values that it lacks are null.
 *
 * The order is Go's: time, value fields by name, label fields by name; rows by time, then by labels. Config stays
 * where all fields of one name agree on it; meta and refId stay; the type becomes `timeseries-long`.
 *
 * @throws FrameError `series_expected` when the frame is not wide; `series_unsorted`, `series_time_null` naming the
 *   row; `fields_mismatch` when fields of one name differ in kind or share their labels
 */
export function wideToLong(frame: Frame): Frame {
  const schema = requireSeries(frame, 'wide');
  const time = frame.fields[schema.timeIndex];
  ascendingTimes(time);
  const values = schema.valueIndices.map((index) => frame.fields[index]);
  const sets = labelSets(values);
  const rows = repeatEach(frame.length, sets.length);
  const inTurn = rows.map((_, i) => i % sets.length);
  const names = [...new Set(values.map(({ name }) => name))].sort(compareText);
  const labelNames = [...new Set(values.flatMap(({ labels }) => Object.keys(labels ?? {})))].sort(compareText);
  return new Frame(
    frame.name,
    [
      new Field(time.name, pickCells([time.column], { rows }, false), time),
      ...names.map((name) => mergeValues(name, { values, sets, rows, inTurn })),
      ...labelNames.map((name) => {
        const texts = utf8(sets.map(({ labels }) => (labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : '')));
        return new Field(name, pickCells([texts.column], { rows: inTurn }, false));
      }),
    ],
    frame,
  ).as('timeseries-long');
}

/** One field for each set of labels, in Go's order. */
function labelSets(values: readonly Field[]): readonly Field[] {
  const byKey = new Map(values.map((field) => [labelsKey(field.labels), field]));
  return [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, field]) => field);
}

/** 0 0 0 1 1 1 2 2 2 … */
function repeatEach(count: number, times: number): Int32Array {
  const repeated = new Int32Array(count * times);
  for (let i = 0; i < count; i++) repeated.fill(i, i * times, (i + 1) * times);
  return repeated;
}

interface Merging {
  readonly values: readonly Field[];
  readonly sets: readonly Field[];
  /** Wide row of each long row. */
  readonly rows: Int32Array;
  /** Label set of each long row. */
  readonly inTurn: Int32Array;
}

/** The fields of one name under each other. */
function mergeValues(name: string, { values, sets, rows, inTurn }: Merging): Field {
  const parts = values.filter((field) => field.name === name);
  const bySet = new Map<string, number>();
  for (const [index, part] of parts.entries()) {
    const key = labelsKey(part.labels);
    if (part.kind !== parts[0].kind)
      throw new FrameError('fields_mismatch', { reason: `one is ${parts[0].kind}, another ${part.kind}`, field: name, hint: 'rename one' });
    if (bySet.has(key))
      throw new FrameError('fields_mismatch', { reason: `two fields have this name and the labels ${key}`, field: name, hint: 'drop one' });
    bySet.set(key, index);
  }
  const sourceOf = sets.map(({ labels }) => bySet.get(labelsKey(labels)) ?? -1);
  const sources = inTurn.map((set) => Math.max(sourceOf[set], 0));
  const picked = sourceOf.includes(-1) ? rows.map((row, i) => (sourceOf[inTurn[i]] < 0 ? -1 : row)) : rows;
  const nullable = parts.some((part) => part.nullable) || sourceOf.includes(-1);
  const column = pickCells(
    parts.map((part) => part.column),
    { rows: picked, sources },
    nullable,
  );
  return new Field(name, column, { config: commonConfig(parts) });
}

/** The entries of config that all fields have. */
function commonConfig([first, ...others]: readonly Field[]): FieldConfig | undefined {
  if (first.config === undefined) return undefined;
  const agreed = Object.entries(first.config).filter(([key, value]) =>
    others.every(({ config }) => JSON.stringify((config as Record<string, unknown> | undefined)?.[key]) === JSON.stringify(value)),
  );
  return agreed.length === 0 && others.length > 0 ? undefined : (Object.fromEntries(agreed) as FieldConfig);
}
