import { type Frame, FrameError } from '../model/index.ts';
import { createFrame } from './create-frame.ts';
import { FlatbufferReader } from './flatbuffer-reader.ts';
import { withSignal } from './pieces.ts';
import { assertBatch, assertNoFile, type Message, readMessages, readStreamSchema } from './stream-messages.ts';

const DEFAULT_MAX_BYTES = 2 ** 30;

/** How to read a stream that arrives in pieces. */
export interface ArrowStreamOptions {
  /** Longest stream to collect; 1 GiB by default. */
  readonly maxBytes?: number | undefined;
  /** Ends the wait for the next piece; what is rejected is its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a frame from an Arrow IPC stream: a schema, any number of record batches, and the end, marked or not.
 *
 * One batch stays a view on the bytes; several are copied into one chunk per column. What follows the mark of the
 * end is not looked at. Given pieces, it collects them first; `decodeArrowBatches` gives frames as they arrive.
 *
 * @param source the whole stream, kept by reference, or its pieces as they arrive (a `ReadableStream` of bytes will do)
 * @throws FrameError `arrow_truncated`, `arrow_invalid`, `arrow_unsupported`, `arrow_too_large` or `metadata_invalid`,
 *   naming the field; a file is refused: see `decodeArrow`
 */
export function decodeArrowStream(source: Uint8Array): Frame;
export function decodeArrowStream(source: AsyncIterable<Uint8Array>, options?: ArrowStreamOptions): Promise<Frame>;
export function decodeArrowStream(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: ArrowStreamOptions = {},
): Frame | Promise<Frame> {
  return source instanceof Uint8Array ? decodeStream(source) : collect(source, options).then(decodeStream);
}

function decodeStream(bytes: Uint8Array): Frame {
  assertNoFile(bytes);
  const reader = new FlatbufferReader(bytes);
  const messages = readMessages(reader);
  const schema = readStreamSchema(reader, messages.next().value);
  return createFrame(reader, schema, onlyBatches(messages));
}

function* onlyBatches(messages: Iterable<Message>): Generator<Message> {
  for (const message of messages) {
    assertBatch(message);
    yield message;
  }
}

async function collect(source: AsyncIterable<Uint8Array>, options: ArrowStreamOptions): Promise<Uint8Array> {
  const { maxBytes = DEFAULT_MAX_BYTES, signal } = options;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of withSignal(source, signal)) {
    length += piece.length;
    if (length > maxBytes)
      throw new FrameError('arrow_too_large', {
        reason: `a stream of more than ${maxBytes} bytes`,
        hint: 'raise maxBytes, or ask for less',
      });
    pieces.push(piece);
  }
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
