import { labelsKey } from '../dataplane/index.ts';
import { Field, Frame, FrameError, joinColumns } from '../model/index.ts';
import { assertSameWords } from './enum-words.ts';
import { joinNotices } from './join-notices.ts';

/**
 * Puts the rows of frames with the same fields under each other, each cell copied once.
 *
 * Fields have to agree in order, name, kind and labels; a field is nullable when one of them is. Name, refId, config
 * and meta are those of the first frame, with the notices of all. Frames without fields add their notices only.
 *
 * @throws FrameError `fields_mismatch` naming the field that differs; `column_too_large` when text passes 2 GiB
 */
export function concatFrames(frames: readonly Frame[]): Frame {
  const parts = frames.filter(({ fields }) => fields.length > 0);
  if (frames.length < 2) return frames[0] ?? new Frame('', []);
  const first = parts[0] ?? frames[0];
  for (const part of parts) assertSameFields(first, part);
  const fields = first.fields.map((field, index) => {
    const columns = parts.map((part) => part.fields[index].column);
    return new Field(field.name, joinColumns(columns), field);
  });
  return new Frame(first.name, fields, { refId: first.refId, meta: joinNotices(first.meta, frames) });
}

/** A frame with the rows of a chunk behind its own. For many chunks collect them and use `concatFrames` once. */
export function appendRows(frame: Frame, chunk: Frame): Frame {
  return concatFrames([frame, chunk]);
}

function assertSameFields(first: Frame, other: Frame): void {
  if (first.fields.length !== other.fields.length)
    throw new FrameError('fields_mismatch', { reason: `one frame has ${first.fields.length} fields, another ${other.fields.length}` });
  for (const [index, expected] of first.fields.entries()) {
    const { name, kind, labels } = expected;
    const field = other.fields[index];
    const facts = { field: name, hint: 'give every frame the same fields in the same order' };
    if (field.name !== name)
      throw new FrameError('fields_mismatch', { ...facts, reason: `another frame has ${JSON.stringify(field.name)} in its place` });
    if (field.kind !== kind) throw new FrameError('fields_mismatch', { ...facts, reason: `one is ${kind}, another ${field.kind}` });
    assertSameWords(expected, field);
    if (labelsKey(field.labels) !== labelsKey(labels)) throw new FrameError('fields_mismatch', { ...facts, reason: 'labels differ' });
  }
}
