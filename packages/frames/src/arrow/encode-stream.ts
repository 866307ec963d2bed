import type { Frame } from '../model/index.ts';
import { batchBytes, planBatch, writeBatch } from './encode-batch.ts';
import { schemaText } from './encode-schema.ts';
import { MessageWriter } from './message-writer.ts';
import { fileTemplate } from './template.ts';

/** Bytes of the message that ends a stream. */
const END_BYTES = 8;

/**
 * Writes a frame as an Arrow IPC stream, for readers that take what they get as it comes. Grafana reads files alone:
 * what a plugin sends is written by `encodeArrow`.
 *
 * One record batch, none when there are no rows; the end of the stream is marked.
 *
 * @returns one new buffer of exactly the stream's size
 * @throws FrameError `arrow_invalid` when a text column of a decoded frame has damaged offsets
 */
export function encodeArrowStream(frame: Frame): Uint8Array {
  const { schema, batch } = fileTemplate(schemaText(frame));
  const plan = frame.length === 0 ? undefined : planBatch(frame);
  const out = new MessageWriter(8 + schema.length + (plan === undefined ? 0 : batchBytes(batch, plan)) + END_BYTES);
  out.message(schema);
  if (plan !== undefined) writeBatch(out, batch, plan);
  out.endOfStream();
  return out.bytes;
}
