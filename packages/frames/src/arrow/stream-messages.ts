// | message      | bytes                                     |
// |--------------|-------------------------------------------|
// | continuation | 4: FFFFFFFF; missing before Arrow 0.15    |
// | size         | 4: bytes of metadata; 0 ends the stream   |
// | metadata     | a flatbuffer with padding                 |
// | body         | as long as the metadata says              |
import { FrameError } from '../model/index.ts';
import type { BatchPlace } from './decode-batch.ts';
import type { Schema } from './decode-schema.ts';
import { type FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { CONTINUATION, HEADER_BATCH, HEADER_SCHEMA, MAGIC, MESSAGE_SLOT } from './layout.ts';
import { decodeMessageSchema } from './schema-cache.ts';

/** One message: where it starts, its metadata, and where its body lies. */
export interface Message extends BatchPlace {
  readonly metadata: number;
  readonly headerType: number;
}

/** Bytes before the size of a message has been read, and those of its size. */
export const SIZE_BYTES = 4;

/** Bytes of the continuation and the size with which a message starts. */
export function prefixBytes(reader: FlatbufferReader, at: number): number {
  return reader.uint32(at) === CONTINUATION ? 2 * SIZE_BYTES : SIZE_BYTES;
}

/** The message whose metadata starts at a position; its body is not looked for. */
export function readMessage(reader: FlatbufferReader, message: number, metadata: number): Message {
  const table = reader.reference(metadata);
  const body = metadata + reader.int32(metadata - SIZE_BYTES);
  const bodyLength = reader.slotInt64(table, MESSAGE_SLOT.bodyLength);
  return { message, metadata, headerType: reader.slotUint8(table, MESSAGE_SLOT.headerType), body, bodyLength };
}

/** All messages of a whole stream up to the mark of its end, or to its last byte. */
export function* readMessages(reader: FlatbufferReader): Generator<Message, undefined> {
  const { length } = reader.bytes;
  for (let at = 0; at < length; ) {
    const start = at + prefixBytes(reader, at);
    const size = reader.int32(start - SIZE_BYTES);
    if (size === 0) return;
    if (size < 0 || start + size > length)
      throw new FrameError('arrow_truncated', { reason: `a message of ${size} bytes at ${start} in a stream of ${length}` });
    const message = readMessage(reader, at, start);
    const { body, bodyLength } = message;
    if (!(bodyLength >= 0 && body + bodyLength <= length))
      throw new FrameError('arrow_truncated', { reason: `a body of ${bodyLength} bytes at ${body} in a stream of ${length}` });
    yield message;
    at = body + bodyLength;
  }
}

/** The schema that the first message of a stream has to be. */
export function readStreamSchema(reader: FlatbufferReader, message: Message | undefined): Schema {
  if (message === undefined) throw new FrameError('arrow_truncated', { reason: 'a stream without a schema' });
  if (message.headerType !== HEADER_SCHEMA) throw invalid('a stream that does not start with its schema');
  return decodeMessageSchema(reader, { start: message.metadata, end: message.body });
}

/** Refuses messages that have no place behind the schema. */
export function assertBatch({ headerType }: Message): void {
  if (headerType === HEADER_SCHEMA) throw invalid('a stream with a second schema');
  if (headerType !== HEADER_BATCH)
    throw new FrameError('arrow_unsupported', {
      reason: `a message of type ${headerType} between the batches`,
      hint: 'write plain columns without dictionaries',
    });
}

/** Refuses the first bytes of a file. */
export function assertNoFile(bytes: Uint8Array): void {
  if (bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte))
    throw new FrameError('arrow_unsupported', { reason: 'a file, not a stream', hint: 'read it with decodeArrow' });
}
