import { countNulls, type Field, type Frame, FrameError, isNumberKind } from '../model/index.ts';
import type { Items, LabelledNumber, ReadOptions } from './items.ts';
import { readNumberTable } from './read-numbers.ts';
import { rolesOf } from './roles.ts';
import { type Series, seriesOf } from './series.ts';
import { type TimeSeriesSchema, timeSeriesSchema } from './series-schema.ts';

/** Reads frames by their shape alone, as Grafana did before there were types. */
export function readUntyped(frames: readonly Frame[], { skipOthers = false, vectors = false, nameLabel }: ReadOptions): Items {
  if (frames.length === 0 || frames.every((frame) => frame.fields.length === 0)) return { kind: 'none' };
  if (vectors && isVector(frames[0])) return { kind: 'numbers', numbers: frames.flatMap(readVector) };
  if (frames.length === 1 && isNumberTable(frames[0])) return { kind: 'numbers', numbers: readNumberTable(frames[0]).map(nullToNaN) };
  const series = frames.flatMap((frame) => {
    const schema = timeSeriesSchema(frame);
    if (skipOthers && schema.type === 'not') return [];
    if (schema.type !== 'wide') throw notWide(schema.type, frame);
    return schema.valueIndices.map((index) => readPair(frame, frame.fields[schema.timeIndex], frame.fields[index]));
  });
  if (series.length === 0) return { kind: 'none' };
  return { kind: 'series', series: nameLabel === undefined ? series : labelByName(series, nameLabel) };
}

function readPair(frame: Frame, time: Field, value: Field): Series {
  if (!isNumberKind(value.kind))
    throw new FrameError('dataplane_unreadable', {
      reason: `no float64 value column found in frame ${frame.name}`,
      field: value.name,
      hint: `it holds ${value.kind} cells: give the frame a type, which makes other fields extra data, or leave the field out`,
    });
  if (countNulls(time.column) > 0)
    throw new FrameError('dataplane_unreadable', {
      reason: 'time series with null time stamps are not supported',
      field: time.name,
      hint: 'leave rows without a time out',
    });
  return seriesOf(time, value);
}

/** One number field, any number of strings, nothing else. */
function isNumberTable(frame: Frame): boolean {
  const { numbers, strings } = rolesOf(frame);
  return numbers.length === 1 && numbers.length + strings.length === frame.fields.length;
}

/** On this path Grafana reads null as NaN. */
function nullToNaN(number: LabelledNumber): LabelledNumber {
  return { ...number, value: number.value ?? Number.NaN };
}

function isVector(frame: Frame): boolean {
  const custom = frame.meta?.custom;
  return typeof custom === 'object' && custom !== null && 'resultType' in custom && custom.resultType === 'vector';
}

function readVector(frame: Frame): LabelledNumber[] {
  const value = frame.fields[1];
  if (frame.fields.length !== 2 || frame.length !== 1 || !isNumberKind(value.kind)) return [];
  return [{ name: frame.name, labels: value.labels ?? {}, value: Number(value.get(0) ?? Number.NaN), config: value.config }];
}

/** The first kind of name that is there for every series, and different for each, becomes a label. */
function labelByName(series: readonly Series[], nameLabel: string): readonly Series[] {
  if (series.some(({ labels }) => Object.keys(labels).length > 0)) return series;
  const kinds: ((series: Series) => string | undefined)[] = [
    ({ config }) => config?.displayNameFromDS,
    ({ config }) => config?.displayName,
    ({ name }) => name,
  ];
  for (const nameOf of kinds) {
    const names = series.map((one) => nameOf(one) ?? '');
    if (names.includes('') || new Set(names).size < names.length) continue;
    return series.map((one, index) => ({ ...one, labels: { [nameLabel]: names[index] } }));
  }
  return series;
}

/** Worded as Grafana words it: alert rules and dashboards show the reason. */
function notWide(shape: TimeSeriesSchema['type'], frame: Frame): FrameError {
  return new FrameError('dataplane_unreadable', {
    reason: `input data must be a wide series but got type ${shape} (input refid)`,
    hint:
      shape === 'long'
        ? `give the frame ${JSON.stringify(frame.name)} the type timeseries-long, version 0.1, or make its strings labels`
        : `give the frame ${JSON.stringify(frame.name)} a time and a number field`,
  });
}
