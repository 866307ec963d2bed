// A plugin answers the same query with the same schema over and over, and reading one costs as much as writing 300
// cells. So schemas are kept by the bytes of the footers they were read from, in which only the list of batches
// differs from file to file, and by those of the messages that start streams. Two limits keep the memory small: 256
// entries of each, of at most 8 KiB.
import { freezeMetadata } from '../model/index.ts';
import { decodeSchema, type Schema } from './decode-schema.ts';
import { FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { FOOTER_SLOT, MESSAGE_SLOT } from './layout.ts';

const MAX_ENTRIES = 256;
const MAX_FOOTER_BYTES = 8192;

/** Bytes from `start` up to `end` of a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Entry {
  /** The flatbuffer, its hole zeroed, with zeros up to a whole word. */
  readonly words: Int32Array;
  readonly bytes: number;
  readonly schema: Schema;
}

/** Schemas by the hash of the flatbuffer they were read from; of two with one hash the later one stays. */
type Cache = Map<number, Entry>;

/** Two caches, because the same bytes could be read as either. */
const footers: Cache = new Map();
const messages: Cache = new Map();

/** The flatbuffer at hand, as an entry would have it: hashed and compared in whole words, without a view on the file. */
const words = new Int32Array(MAX_FOOTER_BYTES / 4);
const wordBytes = new Uint8Array(words.buffer);

/**
 * The schema of a footer, from the cache when an equal one was read lately; its metadata is frozen, as frames share it.
 *
 * @param blocks the elements of the list of batches
 */
export function decodeFooterSchema(reader: FlatbufferReader, footer: Span, blocks: Span): Schema {
  const isEmpty = blocks.start === blocks.end;
  const isInside = isEmpty || (blocks.start >= footer.start && blocks.end <= footer.end);
  if (!isInside) return freezeSchema(decodeFooter(reader, footer.start));
  const hole = isEmpty ? { start: 0, end: 0 } : { start: blocks.start - footer.start, end: blocks.end - footer.start };
  return decodeCached(footers, { reader, span: footer, hole, decode: decodeFooter });
}

/** The schema of the message that starts a stream, from the cache when an equal one was read lately. */
export function decodeMessageSchema(reader: FlatbufferReader, message: Span): Schema {
  return decodeCached(messages, { reader, span: message, hole: { start: 0, end: 0 }, decode: decodeMessage });
}

interface Source {
  readonly reader: FlatbufferReader;
  /** Where the flatbuffer lies. */
  readonly span: Span;
  /** Bytes in it, counted from its start, that may differ from time to time. */
  readonly hole: Span;
  /** Reads the schema of the flatbuffer at a position. */
  readonly decode: (reader: FlatbufferReader, at: number) => Schema;
}

function decodeCached(entries: Cache, { reader, span, hole, decode }: Source): Schema {
  const bytes = span.end - span.start;
  if (bytes <= 0 || bytes > MAX_FOOTER_BYTES) return freezeSchema(decode(reader, span.start));
  const count = (bytes + 3) >> 2;
  words[count - 1] = 0;
  wordBytes.set(reader.view(span.start, bytes));
  wordBytes.fill(0, hole.start, hole.end);
  const hash = hashWords(count);
  const known = entries.get(hash);
  if (known !== undefined && known.bytes === bytes && isAtHand(known.words, count)) return known.schema;
  const copy = words.slice(0, count);
  // Read from the copy, so that nothing in the hole, where a hostile file may have put text, gets into the cache.
  const schema = freezeSchema(decode(new FlatbufferReader(new Uint8Array(copy.buffer, 0, bytes)), 0));
  if (entries.size >= MAX_ENTRIES) for (const oldest of entries.keys()) if (entries.delete(oldest)) break;
  entries.set(hash, { words: copy, bytes, schema });
  return schema;
}

function decodeFooter(reader: FlatbufferReader, at: number): Schema {
  return decodeSchema(reader, schemaTable(reader, { at, slot: FOOTER_SLOT.schema, what: 'its footer' }));
}

function decodeMessage(reader: FlatbufferReader, at: number): Schema {
  return decodeSchema(reader, schemaTable(reader, { at, slot: MESSAGE_SLOT.header, what: 'its first message' }));
}

function schemaTable(reader: FlatbufferReader, { at, slot, what }: { at: number; slot: number; what: string }): number {
  const table = reader.slotReference(reader.reference(at), slot);
  if (table === 0) throw invalid(`${what} has no schema`);
  return table;
}

function freezeSchema(schema: Schema): Schema {
  if (schema.meta) freezeMetadata(schema.meta);
  for (const { labels, config } of schema.fields) {
    if (labels) freezeMetadata(labels);
    if (config) freezeMetadata(config);
  }
  return schema;
}

/** A hash of the words at hand. Two chains, because each step of one waits for its multiplication. */
function hashWords(count: number): number {
  let even = count;
  let odd = 0;
  let i = 0;
  for (; i + 1 < count; i += 2) {
    even = Math.imul(even ^ words[i], 0x01000193) ^ (even >>> 15);
    odd = Math.imul(odd ^ words[i + 1], 0x01000193) ^ (odd >>> 15);
  }
  if (i < count) even = Math.imul(even ^ words[i], 0x01000193);
  return Math.imul(even, 31) ^ odd;
}

function isAtHand(known: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (known[i] !== words[i]) return false;
  return true;
}
