import { type Frame, FrameError } from '../model/index.ts';
import { createFrame } from './create-frame.ts';
import type { BatchPlace } from './decode-batch.ts';
import { decodeSchema } from './decode-schema.ts';
import { FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { CONTINUATION, HEADER_BATCH, HEADER_SCHEMA, MAGIC, MESSAGE_SLOT } from './layout.ts';

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
 * end is not looked at. Given pieces, it collects them first.
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
  if (bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte))
    throw new FrameError('arrow_unsupported', { reason: 'a file, not a stream', hint: 'read it with decodeArrow' });
  const reader = new FlatbufferReader(bytes);
  const messages = readMessages(reader);
  const { value: first } = messages.next();
  if (first === undefined) throw new FrameError('arrow_truncated', { reason: 'a stream without a schema' });
  const schemaTable = reader.slotReference(first.table, MESSAGE_SLOT.header);
  if (first.headerType !== HEADER_SCHEMA || schemaTable === 0) throw invalid('a stream that does not start with its schema');
  return createFrame(reader, decodeSchema(reader, schemaTable), onlyBatches(messages));
}

/** One message: where it starts, its table, and where its body lies. */
interface Message extends BatchPlace {
  readonly table: number;
  readonly headerType: number;
}

/**
 * | message      | bytes                                     |
 * |--------------|-------------------------------------------|
 * | continuation | 4: FFFFFFFF; missing before Arrow 0.15    |
 * | size         | 4: bytes of metadata; 0 ends the stream   |
 * | metadata     | a flatbuffer with padding                 |
 * | body         | as long as the metadata says              |
 */
function* readMessages(reader: FlatbufferReader): Generator<Message, undefined> {
  const { length } = reader.bytes;
  for (let at = 0; at < length; ) {
    const start = at + (reader.uint32(at) === CONTINUATION ? 8 : 4);
    const size = reader.int32(start - 4);
    if (size === 0) return;
    const body = start + size;
    if (size < 0 || body > length)
      throw new FrameError('arrow_truncated', { reason: `a message of ${size} bytes at ${start} in a stream of ${length}` });
    const table = reader.reference(start);
    const bodyLength = reader.slotInt64(table, MESSAGE_SLOT.bodyLength);
    if (!(bodyLength >= 0 && body + bodyLength <= length))
      throw new FrameError('arrow_truncated', { reason: `a body of ${bodyLength} bytes at ${body} in a stream of ${length}` });
    yield { message: at, table, headerType: reader.slotUint8(table, MESSAGE_SLOT.headerType), body, bodyLength };
    at = body + bodyLength;
  }
}

function* onlyBatches(messages: Iterable<Message>): Generator<Message> {
  for (const message of messages) {
    if (message.headerType === HEADER_SCHEMA) throw invalid('a stream with a second schema');
    if (message.headerType !== HEADER_BATCH)
      throw new FrameError('arrow_unsupported', {
        reason: `a message of type ${message.headerType} between the batches`,
        hint: 'write plain columns without dictionaries',
      });
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

/** The same pieces, given up on when the signal says so, even while none arrives. */
async function* withSignal<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  signal?.throwIfAborted();
  if (signal === undefined) return yield* source;
  const aborted = Promise.withResolvers<never>();
  // Nobody may be waiting when it fires.
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      isDone = next.done === true;
      if (isDone) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that hangs would hang its return, too.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
