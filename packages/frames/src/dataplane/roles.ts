import type { Field, FieldKind, Frame } from '../model/index.ts';

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

/** Whether cells are numbers. An enum is not, as in Go. */
export function isNumberKind(kind: FieldKind): boolean {
  return kind.startsWith('int') || kind.startsWith('uint') || kind.startsWith('float');
}

function roleOf({ kind, nullable }: Field): keyof FieldRoles {
  if (kind === 'time') return nullable ? 'nullableTimes' : 'times';
  if (kind === 'bool') return 'bools';
  if (kind === 'string') return 'strings';
  return isNumberKind(kind) ? 'numbers' : 'others';
}
