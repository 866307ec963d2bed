import { type Field, type Frame, FrameError, isNull } from '../model/index.ts';

/** How a frame can be read as time series; indexes are those of its fields. */
export type TimeSeriesSchema =
  | { readonly type: 'not' }
  | {
      /** long: text or bool columns tell the series apart; wide: each value field is a series, told apart by labels. */
      readonly type: 'long' | 'wide';
      /** The first time field. */
      readonly timeIndex: number;
      readonly timeNullable: boolean;
      /** Every field that is neither the time nor a factor. */
      readonly valueIndices: readonly number[];
      /** Text and bool fields; empty when wide. */
      readonly factorIndices: readonly number[];
    };

/** A frame that is time series. */
export type SeriesSchema = Exclude<TimeSeriesSchema, { type: 'not' }>;

/** Tells from the kinds of its fields whether a frame is a long or wide time series, as Go's `TimeSeriesSchema` does. */
export function timeSeriesSchema(frame: Frame): TimeSeriesSchema {
  const timeIndex = frame.fields.findIndex(({ kind }) => kind === 'time');
  if (timeIndex < 0) return { type: 'not' };
  const isFactor = ({ kind }: Field) => kind === 'string' || kind === 'bool';
  const factorIndices = [...frame.fields.keys()].filter((index) => isFactor(frame.fields[index]));
  const valueIndices = [...frame.fields.keys()].filter((index) => index !== timeIndex && !isFactor(frame.fields[index]));
  if (valueIndices.length === 0) return { type: 'not' };
  const type = factorIndices.length === 0 ? 'wide' : 'long';
  return { type, timeIndex, timeNullable: frame.fields[timeIndex].nullable, valueIndices, factorIndices };
}

/** The schema of a frame that has to be of a type. @throws FrameError `series_expected` */
export function requireSeries(frame: Frame, type: 'long' | 'wide'): SeriesSchema {
  const schema = timeSeriesSchema(frame);
  if (schema.type === type) return schema;
  throw seriesExpected(frame, type);
}

function seriesExpected(frame: Frame, type: 'long' | 'wide'): FrameError {
  const { type: seen } = timeSeriesSchema(frame);
  const kinds = frame.fields.map(({ kind }) => kind).join(', ') || 'no fields';
  return new FrameError('series_expected', {
    reason: `expected a ${type} series and got ${seen === 'not' ? 'no series' : `a ${seen} one`} (${kinds})`,
    hint: type === 'long' ? 'give a time, a value and a text or bool field' : 'give a time and value fields, and no text fields',
  });
}

/**
 * The time and value fields of a frame that has no text: as `wide`, with bool fields as values, as the data plane
 * contract has them.
 *
 * @throws FrameError `series_expected`
 */
export function requireValues(frame: Frame): { readonly time: Field; readonly values: readonly Field[] } {
  const timeIndex = frame.fields.findIndex(({ kind }) => kind === 'time');
  const values = frame.fields.filter((_, index) => index !== timeIndex);
  if (timeIndex >= 0 && values.length > 0 && values.every(({ kind }) => kind !== 'string'))
    return { time: frame.fields[timeIndex], values };
  throw seriesExpected(frame, 'wide');
}

/**
 * The times of a field, which have to be there and ascend.
 *
 * @throws FrameError `series_time_null` or `series_unsorted`, naming field and row
 */
export function ascendingTimes(field: Field): BigInt64Array {
  const times = readTimes(field);
  for (let row = 1; row < times.length; row++)
    if (times[row] < times[row - 1])
      throw new FrameError('series_unsorted', {
        reason: `${times[row]} ns comes after ${times[row - 1]} ns`,
        field: field.name,
        row,
        hint: 'sort the rows by time, in the query or with sortFrame',
      });
  return times;
}

/** The nanoseconds of a time field, aligned. */
function readTimes({ column, name }: Field): BigInt64Array {
  const { values, length } = column;
  if (column.validity !== undefined)
    for (let row = 0; row < length; row++)
      if (isNull(column, row))
        throw new FrameError('series_time_null', {
          reason: 'a series needs a time in every row',
          field: name,
          row,
          hint: 'leave such rows out',
        });
  const aligned = values.byteOffset % 8 === 0 ? values : values.slice();
  return new BigInt64Array(aligned.buffer, aligned.byteOffset, length);
}
