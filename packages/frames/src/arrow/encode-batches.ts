import { type Frame, FrameError } from '../model/index.ts';
import { batchBytes, planBatch, writeBatch } from './encode-batch.ts';
import { schemaText } from './encode-schema.ts';
import { MessageWriter } from './message-writer.ts';
import { type FileTemplate, fileTemplate } from './template.ts';

/**
 * Writes frames of one schema as an Arrow IPC stream while they still come: one record batch for each frame, without
 * rows too. Names, labels, config and meta are those of the first frame and have to be those of all.
 *
 * What is given out are whole messages in parts: big columns are parts as they are, without a copy, and must not change
 * until they were sent. Without a frame there is no schema, and nothing is given out.
 *
 * @throws FrameError `fields_mismatch` when a frame has another schema than the first, after what came before it;
 *   `column_too_large` and `arrow_invalid` as `encodeArrow` does
 */
export async function* encodeArrowBatches(frames: AsyncIterable<Frame> | Iterable<Frame>): AsyncGenerator<Uint8Array, void> {
  let first: { readonly key: string; readonly template: FileTemplate } | undefined;
  let row = 0;
  for await (const frame of frames) {
    const text = schemaText(frame);
    if (first === undefined) {
      first = { key: text.key, template: fileTemplate(text) };
      yield* messageOfSchema(first.template);
    } else if (text.key !== first.key) throw mismatch(frame, row);
    yield* messageOfBatch(first.template, frame);
    row += frame.length;
  }
  if (first === undefined) return;
  const end = new MessageWriter(8);
  end.endOfStream();
  yield end.bytes;
}

function messageOfSchema({ schema }: FileTemplate): readonly Uint8Array[] {
  const out = new MessageWriter(8 + schema.length);
  out.message(schema);
  return out.parts();
}

function messageOfBatch({ batch }: FileTemplate, frame: Frame): readonly Uint8Array[] {
  const plan = planBatch(frame, true);
  const out = new MessageWriter(batchBytes(batch, plan) - plan.insertedBytes);
  writeBatch(out, batch, plan);
  return out.parts();
}

function mismatch({ name }: Frame, row: number): FrameError {
  return new FrameError('fields_mismatch', {
    reason: `the frame ${JSON.stringify(name)} at row ${row} of the stream has another schema than the first`,
    hint: 'give frames of the same name, refId, meta and fields, labels and config included; write others apart',
  });
}
