import { createCellReader, type Field, type Frame, FrameError } from '../model/index.ts';
import { groupRows } from './group-rows.ts';
import type { LabelledNumber } from './items.ts';
import { sortItems } from './labels.ts';
import { dimensionsOf, rolesOf, valueFields } from './roles.ts';
import { toNumber } from './series.ts';
import type { DataplaneType } from './types.ts';

/** Reads frames of a numeric type whose first frame has fields, sorted by name and labels. */
export function readTypedNumbers({ type }: DataplaneType, frames: readonly Frame[]): LabelledNumber[] {
  if (type === 'numeric-long') return sortItems(readNumberTable(frames[0]));
  if (type === 'numeric-wide') return sortItems(rolesOf(frames[0]).numbers.map((index) => firstNumber(frames[0].fields[index])));
  return sortItems(frames.flatMap((frame, index) => readMultiFrame(frame, index, type)));
}

/** Every number field of every row, labelled by the string fields of that row. Null counts as the empty text. */
export function readNumberTable(frame: Frame): LabelledNumber[] {
  const { groupOf, labels } = groupRows(dimensionsOf(frame), frame.length);
  const readers = rolesOf(frame).numbers.map((index) => ({
    field: frame.fields[index],
    read: createCellReader(frame.fields[index].column),
  }));
  return Array.from(groupOf, (group, row) =>
    readers.map(({ field: { name, config }, read }) => ({ name, labels: labels[group], value: toNumber(read(row)), config })),
  ).flat();
}

function readMultiFrame(frame: Frame, index: number, type: string): LabelledNumber[] {
  if (frame.meta?.type !== type)
    throw new FrameError('dataplane_invalid', {
      reason: `frame ${index} has the type ${frame.meta?.type ?? 'of no name'} among frames of type ${type}`,
      hint: 'give all frames of a refId one type',
    });
  const value = valueFields(rolesOf(frame))[0];
  return value === undefined ? [] : [firstNumber(frame.fields[value])];
}

function firstNumber(field: Field): LabelledNumber {
  const { name, labels = {}, config } = field;
  return { name, labels, value: toNumber(field.get(0) ?? null), config };
}
