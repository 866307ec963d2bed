import { type Frame, FrameError } from '../model/index.ts';
import { createFrame } from './create-frame.ts';
import type { Schema } from './decode-schema.ts';
import { FlatbufferReader } from './flatbuffer-reader.ts';
import { MAGIC } from './layout.ts';
import { PieceQueue, withSignal } from './pieces.ts';
import { assertBatch, assertNoFile, type Message, prefixBytes, readMessage, readStreamSchema, SIZE_BYTES } from './stream-messages.ts';

const DEFAULT_MAX_MESSAGE_BYTES = 2 ** 28;

/** How to read the batches of a stream. */
export interface ArrowBatchesOptions {
  /** Longest message: a record batch with its metadata, or the schema; 256 MiB by default. The stream may be of any length. */
  readonly maxMessageBytes?: number | undefined;
  /** Ends the wait for the next piece; what is rejected is its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an Arrow IPC stream as it arrives: one frame for each record batch, as soon as its last byte is there. A stream
 * without batches gives one frame without rows, so that its fields are known.
 *
 * Memory is that of one message. A batch that lies in one piece is not copied: its columns are views on the piece. What
 * follows the mark of the end is not read. The source is let go when the reader stops.
 *
 * @param source the bytes, cut anywhere (a `ReadableStream` of bytes will do); pieces are kept by reference
 * @throws FrameError `arrow_truncated`, `arrow_invalid`, `arrow_unsupported`, `arrow_too_large` or `metadata_invalid`,
 *   naming the field, after the frames before the damage; a file is refused: see `decodeArrow`
 */
export async function* decodeArrowBatches(
  source: AsyncIterable<Uint8Array>,
  { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, signal }: ArrowBatchesOptions = {},
): AsyncGenerator<Frame, void> {
  const pieces = withSignal(source, signal);
  try {
    const queue = new PieceQueue(pieces);
    await queue.fill(MAGIC.length);
    assertNoFile(queue.peek(Math.min(queue.length, MAGIC.length)));
    let schema: Schema | undefined;
    let batches = 0;
    for (let next = await nextMessage(queue, maxMessageBytes); next !== undefined; next = await nextMessage(queue, maxMessageBytes)) {
      const { reader, message } = next;
      if (schema === undefined) schema = readStreamSchema(reader, message);
      else {
        assertBatch(message);
        batches++;
        yield createFrame(reader, schema, [message]);
      }
    }
    const known = schema ?? readStreamSchema(new FlatbufferReader(new Uint8Array(0)), undefined);
    if (batches === 0) yield createFrame(new FlatbufferReader(new Uint8Array(0)), known, []);
  } finally {
    await pieces.return(undefined);
  }
}

interface WholeMessage {
  /** Over the bytes of this message alone. */
  readonly reader: FlatbufferReader;
  readonly message: Message;
}

/** Takes a message off the queue; undefined at the end of the stream. */
async function nextMessage(queue: PieceQueue, maxBytes: number): Promise<WholeMessage | undefined> {
  if (!(await queue.fill(SIZE_BYTES))) {
    if (queue.length === 0) return undefined;
    throw truncated(`${queue.length} bytes where a message starts`);
  }
  const prefix = prefixBytes(new FlatbufferReader(queue.peek(SIZE_BYTES)), 0);
  await demand(queue, prefix, maxBytes);
  const size = new FlatbufferReader(queue.peek(prefix)).int32(prefix - SIZE_BYTES);
  if (size === 0) return undefined;
  if (size < 0) throw truncated(`a message of ${size} bytes`);
  await demand(queue, prefix + size, maxBytes);
  const { body, bodyLength } = readMessage(new FlatbufferReader(queue.peek(prefix + size)), 0, prefix);
  if (!(bodyLength >= 0)) throw truncated(`a body of ${bodyLength} bytes`);
  await demand(queue, body + bodyLength, maxBytes);
  const reader = new FlatbufferReader(queue.take(body + bodyLength));
  return { reader, message: readMessage(reader, 0, prefix) };
}

/** Waits for so many bytes of a message. */
async function demand(queue: PieceQueue, bytes: number, maxBytes: number): Promise<void> {
  if (bytes > maxBytes)
    throw new FrameError('arrow_too_large', {
      reason: `a message of ${bytes} bytes, more than ${maxBytes}`,
      hint: 'write smaller batches, or raise maxMessageBytes',
    });
  if (!(await queue.fill(bytes))) throw truncated(`the stream ends after ${queue.length} of the ${bytes} bytes of a message`);
}

function truncated(reason: string): FrameError {
  return new FrameError('arrow_truncated', { reason });
}
