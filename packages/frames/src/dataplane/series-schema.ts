import type { Field, Frame } from '../model/index.ts';

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
