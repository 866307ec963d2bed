import { type Frame, FrameError } from '../model/index.ts';
import { groupRows, rowsByGroup } from './group-rows.ts';
import { sortItems } from './labels.ts';
import { dimensionsOf, rolesOf, valueFields } from './roles.ts';
import { type Series, seriesOf } from './series.ts';
import type { DataplaneType } from './types.ts';

/** Reads frames of a time series type whose first frame has fields. Wide and long ones come sorted by name and labels. */
export function readTypedSeries({ type }: DataplaneType, frames: readonly Frame[]): Series[] {
  if (type === 'timeseries-long') return readLong(frames[0]);
  return type === 'timeseries-wide' ? readWide(frames[0]) : readMulti(frames, type);
}

function readWide(frame: Frame): Series[] {
  const { time, values } = partsOf(frame, 0);
  return sortItems(values.map((index) => seriesOf(frame.fields[time], frame.fields[index])));
}

/** Frames of another type, or of none, are no part of the data. */
function readMulti(frames: readonly Frame[], type: string): Series[] {
  const series: Series[] = [];
  for (const [index, frame] of frames.entries()) {
    if (frame.meta?.type !== type) continue;
    if (frame.fields.length === 0)
      throw new FrameError('dataplane_invalid', {
        reason: `frame ${index} has no fields, among frames that have some`,
        hint: 'leave it out, or send it alone to say that there is no data',
      });
    const { time, values } = partsOf(frame, index);
    series.push(seriesOf(frame.fields[time], frame.fields[values[0]]));
  }
  return series;
}

function readLong(frame: Frame): Series[] {
  const { time, values } = partsOf(frame, 0);
  const groups = groupRows(dimensionsOf(frame), frame.length);
  const parts = rowsByGroup(groups).map((rows, group) => ({ labels: groups.labels[group], rows }));
  return sortItems(values.flatMap((value) => parts.map((part) => seriesOf(frame.fields[time], frame.fields[value], part))));
}

function partsOf(frame: Frame, index: number): { time: number; values: number[] } {
  const roles = rolesOf(frame);
  const values = valueFields(roles);
  const reason =
    roles.times.length === 0
      ? 'has no time field that cannot be null'
      : values.length === 0
        ? 'has no field of numbers or bools'
        : undefined;
  if (reason !== undefined)
    throw new FrameError('dataplane_invalid', {
      reason: `frame ${index} of type ${frame.meta?.type} ${reason}`,
      hint: 'validateDataplane lists all that is wrong',
    });
  return { time: roles.times[0], values };
}
