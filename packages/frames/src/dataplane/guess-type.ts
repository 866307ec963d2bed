import type { Frame, FrameType } from '../model/index.ts';
import { rolesOf, valueFields } from './roles.ts';

/** The type that frames without one look like. */
export function guessType(frames: readonly Frame[]): FrameType {
  const frame = frames.find(({ fields }) => fields.length > 0);
  if (frame === undefined) return 'table';
  const roles = rolesOf(frame);
  if (roles.others.length > 0 || valueFields(roles).length === 0) return 'table';
  if (roles.times.length > 0)
    return roles.strings.length > 0 ? 'timeseries-long' : frames.length > 1 ? 'timeseries-multi' : 'timeseries-wide';
  if (roles.nullableTimes.length > 0) return 'table';
  if (roles.strings.length > 0) return 'numeric-long';
  return frame.length > 1 ? 'table' : frames.length > 1 ? 'numeric-multi' : 'numeric-wide';
}
