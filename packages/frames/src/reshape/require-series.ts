import { type SeriesSchema, timeSeriesSchema } from '../dataplane/index.ts';
import { type Field, type Frame, FrameError, isNull } from '../model/index.ts';

/** The schema of a frame that has to be of a type. @throws FrameError `series_expected` */
export function requireSeries(frame: Frame, type: 'long' | 'wide'): SeriesSchema {
  const schema = timeSeriesSchema(frame);
  if (schema.type === type) return schema;
  throw seriesExpected(frame, type);
}

/**
 * The fields that tell the series of a long frame apart.
 *
 * @throws FrameError `fields_mismatch` when two have one name, as their labels could not be told apart
 */
export function requireFactors(frame: Frame, { factorIndices }: SeriesSchema): Field[] {
  const factors = factorIndices.map((index) => frame.fields[index]);
  const names = new Set<string>();
  for (const { name } of factors)
    if (names.size === names.add(name).size)
      throw new FrameError('fields_mismatch', { reason: 'two text or bool fields have one name', field: name, hint: 'rename one' });
  return factors;
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
  // Not slice(): that of a Node Buffer does not copy.
  const aligned = values.byteOffset % 8 === 0 ? values : new Uint8Array(values);
  return new BigInt64Array(aligned.buffer, aligned.byteOffset, length);
}
