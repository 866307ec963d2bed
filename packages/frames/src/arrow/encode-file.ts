import type { Frame } from '../model/index.ts';
import { type BatchPlan, batchBytes, planBatch, writeBatch } from './encode-batch.ts';
import { schemaText } from './encode-schema.ts';
import { BLOCK_BYTES, MAGIC } from './layout.ts';
import { MessageWriter } from './message-writer.ts';
import { type FileTemplate, fileTemplate } from './template.ts';

/** The magic and its padding at the start. */
const HEAD_BYTES = 8;

/**
 * Writes a frame as an Arrow IPC file with Grafana's metadata keys: one record batch, none when there are no rows.
 *
 * @returns one new buffer of exactly the file's size
 * @throws FrameError `column_too_large` when a text column of a decoded frame spans more than 2 GiB
 */
export function encodeArrow(frame: Frame): Uint8Array {
  return encodeFile(frame, false).bytes;
}

/**
 * The same file in parts, for whoever sends it on: big columns are parts as they are, without a copy. They must not
 * change until the parts were sent.
 *
 * @returns the bytes of `encodeArrow`, in order
 * @throws FrameError as `encodeArrow` does
 */
export function encodeArrowParts(frame: Frame): readonly Uint8Array[] {
  return encodeFile(frame, true).parts();
}

function encodeFile(frame: Frame, inParts: boolean): MessageWriter {
  const template = fileTemplate(schemaText(frame));
  return frame.length === 0 ? encodeEmpty(template) : encodeRows(template, planBatch(frame, inParts));
}

function encodeEmpty({ schema, emptyFooter }: FileTemplate): MessageWriter {
  const out = new MessageWriter(HEAD_BYTES + 8 + schema.length + trailerBytes(emptyFooter));
  start(out, schema);
  end(out, emptyFooter);
  return out;
}

function encodeRows({ schema, batch, footer }: FileTemplate, plan: BatchPlan): MessageWriter {
  const bytes = HEAD_BYTES + 8 + schema.length + batchBytes(batch, plan) + trailerBytes(footer.bytes);
  const out = new MessageWriter(bytes - plan.insertedBytes);
  start(out, schema);
  const messageAt = out.position;
  const bodyAt = writeBatch(out, batch, plan);
  const blockAt = end(out, footer.bytes) + footer.blockAt;
  out.setInt64(blockAt, messageAt);
  out.setInt64(blockAt + 8, bodyAt - messageAt);
  out.setInt64(blockAt + BLOCK_BYTES - 8, plan.bodyBytes);
  return out;
}

function start(out: MessageWriter, schema: Uint8Array): void {
  out.bytes.set(MAGIC);
  out.at = HEAD_BYTES;
  out.message(schema);
}

/** Returns where in `out.bytes` the footer starts. */
function end(out: MessageWriter, footer: Uint8Array): number {
  out.endOfStream();
  const at = out.put(footer);
  out.setInt32(out.at, footer.length);
  out.put(MAGIC, 4);
  return at;
}

/** End of stream, footer, its size and the magic. */
function trailerBytes(footer: Uint8Array): number {
  return 8 + footer.length + 4 + MAGIC.length;
}
