import { type Frame, FrameError } from '../model/index.ts';
import type { Items, LabelledNumber, ReadOptions } from './items.ts';
import { readTypedNumbers } from './read-numbers.ts';
import { readTypedSeries } from './read-series.ts';
import { readUntyped } from './read-untyped.ts';
import type { Series } from './series.ts';
import { type DataplaneType, readableTypeOf } from './types.ts';

/**
 * Reads the frames of one refId as server side expressions of Grafana read them: by the type that they say, and
 * by their shape when they say none, say version 0.0, or a type that holds neither series nor numbers.
 *
 * Only the fields are checked here, not the order of times: that is `validateDataplane`. Cells are read on demand.
 *
 * @param frames kept by reference; series are views on their columns
 * @throws FrameError `dataplane_invalid` when the frames break the rules of their type, `dataplane_unreadable` when
 *   they are neither series nor numbers
 */
export function readItems(frames: readonly Frame[], options: ReadOptions = {}): Items {
  const type = readableTypeOf(frames);
  const items = type === undefined ? readUntyped(frames, options) : readTyped(type, frames);
  if (items.kind === 'numbers' && items.numbers.length === 0) return { kind: 'none' };
  return items;
}

/**
 * Reads frames as time series; nothing when there is no data.
 *
 * @throws FrameError as `readItems`, and `dataplane_unreadable` when the frames hold numbers
 */
export function readSeries(frames: readonly Frame[], options: ReadOptions = {}): Iterable<Series> {
  const items = readItems(frames, options);
  if (items.kind === 'numbers') throw wrongKind('time series', 'numbers', 'read them with readNumbers');
  return items.kind === 'none' ? [] : items.series;
}

/**
 * Reads frames as labelled numbers; nothing when there is no data.
 *
 * @throws FrameError as `readItems`, and `dataplane_unreadable` when the frames hold time series
 */
export function readNumbers(frames: readonly Frame[], options: ReadOptions = {}): LabelledNumber[] {
  const items = readItems(frames, options);
  if (items.kind === 'series') throw wrongKind('numbers', 'time series', 'read them with readSeries, and reduce each series to a number');
  return items.kind === 'none' ? [] : items.numbers;
}

function readTyped(type: DataplaneType, frames: readonly Frame[]): Items {
  if (frames[0].fields.length === 0) return { kind: 'none' };
  if (type.kind === 'numeric') return { kind: 'numbers', numbers: readTypedNumbers(type, frames) };
  const series = readTypedSeries(type, frames);
  return series.length === 0 ? { kind: 'none' } : { kind: 'series', series };
}

function wrongKind(expected: string, found: string, hint: string): FrameError {
  return new FrameError('dataplane_unreadable', { reason: `expected ${expected}, but the frames hold ${found}`, hint });
}
