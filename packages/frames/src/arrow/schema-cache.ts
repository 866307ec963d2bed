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
  /** The footer, its list of batches zeroed. */
  readonly footer: DataView;
  readonly schema: Schema;
}

/** Schemas by the hash of the flatbuffer they were read from; of two with one hash the later one stays. */
type Cache = Map<number, Entry>;

/** Two caches, because the same bytes could be read as either. */
const footers: Cache = new Map();
const messages: Cache = new Map();

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
  if (span.end - span.start > MAX_FOOTER_BYTES) return freezeSchema(decode(reader, span.start));
  const { bytes } = reader;
  const view = new DataView(bytes.buffer, bytes.byteOffset + span.start, span.end - span.start);
  const hash = mix(view, hole.end, view.byteLength, mix(view, 0, hole.start, view.byteLength));
  const known = entries.get(hash);
  if (known !== undefined && isEqualFooter(known.footer, view, hole)) return known.schema;
  const copy = bytes.slice(span.start, span.end).fill(0, hole.start, hole.end);
  // Read from the copy, so that nothing in the hole, where a hostile file may have put text, gets into the cache.
  const schema = freezeSchema(decode(new FlatbufferReader(copy), 0));
  if (entries.size >= MAX_ENTRIES) for (const oldest of entries.keys()) if (entries.delete(oldest)) break;
  entries.set(hash, { footer: new DataView(copy.buffer), schema });
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

/** A hash of bytes [start, end), four at a time. */
function mix(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), 0x01000193) ^ (hash >>> 15);
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return hash;
}

/** Whether two footers are equal but for the hole, which is zero in the first. */
function isEqualFooter(known: DataView, other: DataView, hole: Span): boolean {
  return known.byteLength === other.byteLength && isEqual(known, other, 0, hole.start) && isEqual(known, other, hole.end, other.byteLength);
}

function isEqual(a: DataView, b: DataView, start: number, end: number): boolean {
  let at = start;
  for (; at + 4 <= end; at += 4) if (a.getInt32(at, true) !== b.getInt32(at, true)) return false;
  for (; at < end; at++) if (a.getUint8(at) !== b.getUint8(at)) return false;
  return true;
}
