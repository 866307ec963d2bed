// What is equal in all files of one schema, built once: the schema message, and the record batch message and the
// footer with holes where the numbers of a particular file go. A schema costs 60 µs to build and 1 µs to copy.
import { Builder } from 'flatbuffers';
import { type FieldKind, isVariableKind } from '../model/index.ts';
import { encodeSchema, type SchemaText } from './encode-schema.ts';
import { BATCH_SLOT, FOOTER_SLOT, HEADER_BATCH, HEADER_SCHEMA, MESSAGE_SLOT, PAIR_BYTES, VERSION_5 } from './layout.ts';

/** Flatbuffer bytes, padded to 8, and the positions of the int64 holes in them. */
export interface BatchTemplate {
  readonly bytes: Uint8Array;
  /** Number of rows of the batch. */
  readonly lengthAt: number;
  readonly bodyLengthAt: number;
  /** First FieldNode: per field length and null count. */
  readonly nodesAt: number;
  /** First Buffer: offset and length. */
  readonly buffersAt: number;
}

/** Templates of one schema. */
export interface FileTemplate {
  readonly schema: Uint8Array;
  readonly batch: BatchTemplate;
  /** Footer that names one batch; its Block is the hole at `blockAt`. */
  readonly footer: { readonly bytes: Uint8Array; readonly blockAt: number };
  /** Footer of a file without batches. */
  readonly emptyFooter: Uint8Array;
}

const MAX_TEMPLATES = 256;
/** Schemas beyond this size are built anew each time, so that the cache stays small. */
const MAX_KEY_LENGTH = 16384;
const templates = new Map<string, FileTemplate>();

/** The template of a schema, from the cache when it was used lately. */
export function fileTemplate(text: SchemaText): FileTemplate {
  const known = templates.get(text.key);
  if (known !== undefined) return known;
  const made = createTemplate(text);
  if (text.key.length <= MAX_KEY_LENGTH) {
    if (templates.size >= MAX_TEMPLATES) for (const oldest of templates.keys()) if (templates.delete(oldest)) break;
    templates.set(text.key, made);
  }
  return made;
}

function createTemplate(text: SchemaText): FileTemplate {
  return {
    schema: createSchemaMessage(text),
    batch: createBatchMessage(text.fields.map((field) => field.kind)),
    footer: createFooter(text, 1),
    emptyFooter: createFooter(text, 0).bytes,
  };
}

function createSchemaMessage(text: SchemaText): Uint8Array {
  const builder = new Builder(1024);
  return finishMessage(builder, HEADER_SCHEMA, encodeSchema(builder, text)).bytes;
}

function createBatchMessage(kinds: readonly FieldKind[]): BatchTemplate {
  const builder = new Builder(1024);
  const buffers = pairVector(
    builder,
    kinds.reduce((sum, kind) => sum + (isVariableKind(kind) ? 3 : 2), 0),
  );
  const nodes = pairVector(builder, kinds.length);
  builder.startObject(4);
  // Not zero, because a flatbuffer leaves zeros out.
  builder.addFieldInt64(BATCH_SLOT.length, 1n, 0n);
  const length = builder.offset();
  builder.addFieldOffset(BATCH_SLOT.nodes, nodes, 0);
  builder.addFieldOffset(BATCH_SLOT.buffers, buffers, 0);
  const { bytes, bodyLength, position } = finishMessage(builder, HEADER_BATCH, builder.endObject());
  return {
    bytes,
    lengthAt: position(length),
    bodyLengthAt: position(bodyLength),
    nodesAt: position(nodes) + 4,
    buffersAt: position(buffers) + 4,
  };
}

/** A footer with holes for so many blocks, the first at `blockAt`. */
export function createFooter(text: SchemaText, batches: number): { bytes: Uint8Array; blockAt: number } {
  const builder = new Builder(1024);
  const schema = encodeSchema(builder, text);
  const blocks = zeroVector(builder, batches, 24);
  const dictionaries = zeroVector(builder, 0, 24);
  builder.startObject(4);
  builder.addFieldOffset(FOOTER_SLOT.schema, schema, 0);
  builder.addFieldOffset(FOOTER_SLOT.dictionaries, dictionaries, 0);
  builder.addFieldOffset(FOOTER_SLOT.batches, blocks, 0);
  builder.addFieldInt16(FOOTER_SLOT.version, VERSION_5, 0);
  builder.finish(builder.endObject());
  const { bytes, position } = copyOf(builder);
  return { bytes, blockAt: position(blocks) + 4 };
}

function finishMessage(builder: Builder, headerType: number, header: number) {
  builder.startObject(5);
  builder.addFieldInt64(MESSAGE_SLOT.bodyLength, headerType === HEADER_BATCH ? 1n : 0n, 0n);
  const bodyLength = builder.offset();
  builder.addFieldOffset(MESSAGE_SLOT.header, header, 0);
  builder.addFieldInt16(MESSAGE_SLOT.version, VERSION_5, 0);
  builder.addFieldInt8(MESSAGE_SLOT.headerType, headerType, 0);
  builder.finish(builder.endObject());
  return { ...copyOf(builder), bodyLength };
}

function pairVector(builder: Builder, count: number): number {
  return zeroVector(builder, count, PAIR_BYTES);
}

/** A vector of structs of zeros, aligned to 8. */
function zeroVector(builder: Builder, count: number, structBytes: number): number {
  builder.startVector(structBytes, count, 8);
  for (let i = 0; i < (count * structBytes) / 8; i++) builder.writeInt64(0n);
  return builder.endVector();
}

/** The finished bytes, padded to 8, and where in them something lies that was written at a builder offset. */
function copyOf(builder: Builder): { bytes: Uint8Array; position: (offset: number) => number } {
  const built = builder.asUint8Array();
  const bytes = new Uint8Array((built.length + 7) & ~7);
  bytes.set(built);
  return { bytes, position: (offset) => built.length - offset };
}
