import { utf8 } from '../build/index.ts';
import { labelsKey } from '../dataplane/index.ts';
import { type Column, compareText, Field, type FieldConfig, Frame, FrameError } from '../model/index.ts';
import { assertSameWords } from './enum-words.ts';
import { assertCells } from './fill.ts';
import { pickCells } from './pick-cells.ts';
import { ascendingTimes, requireSeries } from './require-series.ts';

/** Limits of a long frame. */
export interface LongOptions {
  /** Cells that the long frame may have: series of few names and labels in common make it large. */
  readonly maxCells?: number | undefined;
}

/**
 * Turns a wide time series into a long one: for each time a row per set of labels, with a text field per label and a
 * field per name of a value field. Labels that a series lacks are empty text; values that it lacks are null.
 *
 * The order is Go's: time, value fields by name, label fields by name; rows by time, then by labels. Config stays
 * where all fields of one name agree on it; meta and refId stay; the type becomes `timeseries-long`.
 *
 * @throws FrameError `series_expected` when the frame is not wide; `series_unsorted`, `series_time_null` naming the
 *   row; `fields_mismatch` when fields of one name differ in kind or enum words, or share their labels; `frame_too_large` past
 *   `maxCells`
 */
export function wideToLong(frame: Frame, { maxCells }: LongOptions = {}): Frame {
  const schema = requireSeries(frame, 'wide');
  const time = frame.fields[schema.timeIndex];
  ascendingTimes(time);
  const { sets, names, labelNames } = findSeries(schema.valueIndices.map((index) => frame.fields[index]));
  // Names × sets is work even without rows.
  assertCells(Math.max(frame.length, 1) * sets.length, 1 + names.length + labelNames.length, maxCells);
  const rows = repeatEach(frame.length, sets.length);
  const setOf = rows.map((_, i) => i % sets.length);
  return new Frame(
    frame.name,
    [
      new Field(time.name, pickCells([time.column], { rows }, false), time),
      ...names.map((series) => mergeValues(series, { sets, rows, setOf })),
      ...labelNames.map((name) => new Field(name, pickCells([labelColumn(name, sets)], { rows: setOf }, false))),
    ],
    frame,
  ).as('timeseries-long');
}

/** The fields of one name, by the key of their labels. */
interface NamedSeries {
  readonly name: string;
  readonly byKey: ReadonlyMap<string, Field>;
}

interface LabelSet {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the long frame is made of, each list in Go's order. */
function findSeries(values: readonly Field[]): { sets: LabelSet[]; names: NamedSeries[]; labelNames: string[] } {
  const sets = new Map<string, LabelSet>();
  const names = new Map<string, Map<string, Field>>();
  const labelNames = new Set<string>();
  for (const value of values) {
    const { name, labels = {} } = value;
    const key = labelsKey(labels);
    const byKey = names.get(name) ?? new Map<string, Field>();
    const [other] = byKey.values();
    if (other !== undefined && other.kind !== value.kind)
      throw new FrameError('fields_mismatch', { reason: `one is ${other.kind}, another ${value.kind}`, field: name, hint: 'rename one' });
    if (other !== undefined) assertSameWords(other, value);
    if (byKey.has(key))
      throw new FrameError('fields_mismatch', { reason: `two fields have this name and the labels ${key}`, field: name, hint: 'drop one' });
    names.set(name, byKey.set(key, value));
    sets.set(key, { key, labels });
    for (const label of Object.keys(labels)) labelNames.add(label);
  }
  return {
    sets: [...sets.values()].sort((a, b) => compareText(a.key, b.key)),
    names: [...names].map(([name, byKey]) => ({ name, byKey })).sort((a, b) => compareText(a.name, b.name)),
    labelNames: [...labelNames].sort(compareText),
  };
}

/** 0 0 0 1 1 1 2 2 2 … */
function repeatEach(count: number, times: number): Int32Array {
  const repeated = new Int32Array(count * times);
  for (let i = 0; i < count; i++) repeated.fill(i, i * times, (i + 1) * times);
  return repeated;
}

interface Merging {
  readonly sets: readonly LabelSet[];
  /** Wide row of each long row. */
  readonly rows: Int32Array;
  /** Label set of each long row. */
  readonly setOf: Int32Array;
}

/** The fields of one name under each other. */
function mergeValues({ name, byKey }: NamedSeries, { sets, rows, setOf }: Merging): Field {
  const parts = [...byKey.values()];
  const indexOf = new Map([...byKey.keys()].map((key, index) => [key, index]));
  const sourceOf = Int32Array.from(sets, ({ key }) => indexOf.get(key) ?? -1);
  const hasGaps = sourceOf.includes(-1);
  const column = pickCells(
    parts.map((part) => part.column),
    {
      rows: hasGaps ? rows.map((row, i) => (sourceOf[setOf[i]] < 0 ? -1 : row)) : rows,
      sources: setOf.map((set) => Math.max(sourceOf[set], 0)),
    },
    hasGaps || parts.some((part) => part.nullable),
  );
  return new Field(name, column, { config: commonConfig(parts) });
}

function labelColumn(name: string, sets: readonly LabelSet[]): Column {
  return utf8(sets.map(({ labels }) => (Object.hasOwn(labels, name) ? labels[name] : ''))).column;
}

/** The entries of config that all fields have. */
function commonConfig([first, ...others]: readonly Field[]): FieldConfig | undefined {
  if (first.config === undefined) return undefined;
  const agreed = Object.entries(first.config).filter(([key, value]) =>
    others.every(({ config }) => JSON.stringify((config as Record<string, unknown> | undefined)?.[key]) === JSON.stringify(value)),
  );
  return agreed.length === 0 && others.length > 0 ? undefined : (Object.fromEntries(agreed) as FieldConfig);
}
