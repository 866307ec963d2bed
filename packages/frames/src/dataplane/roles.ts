import { type Field, type Frame, isNumberKind } from '../model/index.ts';

/** Indexes of the fields of a frame, by the part that they can play in a series or a number. */
export interface FieldRoles {
  /** Times that cannot be null: the first of them is the time of a series. */
  readonly times: readonly number[];
  readonly nullableTimes: readonly number[];
  readonly numbers: readonly number[];
  readonly bools: readonly number[];
  /** Dimensions, in long frames. */
  readonly strings: readonly number[];
  readonly others: readonly number[];
}

/** Sorts the fields of a frame by role. */
export function rolesOf(frame: Frame): FieldRoles {
  const roles = { times: [], nullableTimes: [], numbers: [], bools: [], strings: [], others: [] } as Record<keyof FieldRoles, number[]>;
  for (const [index, field] of frame.fields.entries()) roles[roleOf(field)].push(index);
  return roles;
}

/** The fields that are values of series: numbers and bools, in the order of the frame. */
export function valueFields({ numbers, bools }: FieldRoles): number[] {
  return [...numbers, ...bools].sort((a, b) => a - b);
}

/**
 * The string fields of a long frame, which label its items. Of two with one name the last counts, as in Grafana.
 */
export function dimensionsOf(frame: Frame): Field[] {
  const strings = rolesOf(frame).strings.map((index) => frame.fields[index]);
  return [...new Map(strings.map((field) => [field.name, field])).values()];
}

function roleOf({ kind, nullable }: Field): keyof FieldRoles {
  if (kind === 'time') return nullable ? 'nullableTimes' : 'times';
  if (kind === 'bool') return 'bools';
  if (kind === 'string') return 'strings';
  return isNumberKind(kind) ? 'numbers' : 'others';
}
