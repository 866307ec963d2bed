import type { Builder } from 'flatbuffers';
import { type Field, type FieldKind, type Frame, formatConfig, formatLabels, formatMeta, KIND_INFO } from '../model/index.ts';
import { ArrowType, FIELD_SLOT, PRECISION_DOUBLE, PRECISION_SINGLE, SCHEMA_SLOT, UNIT_NANOSECOND } from './layout.ts';

/** Everything that the schema of a frame is made of, as text: frames of equal keys have equal schemas. */
export interface SchemaText {
  readonly frame: Readonly<Record<string, string>>;
  readonly fields: readonly FieldText[];
  readonly key: string;
}

interface FieldText {
  readonly name: string;
  readonly kind: FieldKind;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Collects the texts of a frame's schema: cheap, unlike building it. */
export function schemaText(frame: Frame): SchemaText {
  const table: Record<string, string> = { ...(frame.meta && { meta: formatMeta(frame.meta) }), name: frame.name, refId: frame.refId };
  const fields = frame.fields.map(fieldText);
  return { frame: table, fields, key: JSON.stringify([table, fields]) };
}

function fieldText({ name, kind, nullable, labels, config }: Field): FieldText {
  const metadata = {
    ...(config && { config: formatConfig(config, name) }),
    ...(labels && { labels: formatLabels(labels, name) }),
    tstype: KIND_INFO[kind].jsonType,
  };
  return { name, kind, nullable, metadata };
}

/** Writes a Schema table and returns its offset. */
export function encodeSchema(builder: Builder, { frame, fields }: SchemaText): number {
  const offsets = fields.map((field) => encodeField(builder, field));
  const fieldVector = offsetVector(builder, offsets);
  const metadata = keyValues(builder, frame);
  builder.startObject(3);
  builder.addFieldOffset(SCHEMA_SLOT.fields, fieldVector, 0);
  builder.addFieldOffset(SCHEMA_SLOT.metadata, metadata, 0);
  return builder.endObject();
}

function encodeField(builder: Builder, { name, kind, nullable, metadata }: FieldText): number {
  const keys = keyValues(builder, metadata);
  const nameOffset = builder.createString(name);
  const [typeType, type] = encodeType(builder, kind);
  const children = offsetVector(builder, []);
  builder.startObject(7);
  builder.addFieldOffset(FIELD_SLOT.name, nameOffset, 0);
  builder.addFieldOffset(FIELD_SLOT.type, type, 0);
  builder.addFieldOffset(FIELD_SLOT.children, children, 0);
  builder.addFieldOffset(FIELD_SLOT.metadata, keys, 0);
  builder.addFieldInt8(FIELD_SLOT.nullable, nullable ? 1 : 0, 0);
  builder.addFieldInt8(FIELD_SLOT.typeType, typeType, 0);
  return builder.endObject();
}

function encodeType(builder: Builder, kind: FieldKind): [typeType: number, type: number] {
  switch (kind) {
    case 'float32':
    case 'float64':
      builder.startObject(1);
      builder.addFieldInt16(0, kind === 'float64' ? PRECISION_DOUBLE : PRECISION_SINGLE, 0);
      return [ArrowType.floatingPoint, builder.endObject()];
    case 'string':
      return [ArrowType.utf8, emptyTable(builder)];
    case 'json':
      return [ArrowType.binary, emptyTable(builder)];
    case 'bool':
      return [ArrowType.bool, emptyTable(builder)];
    case 'time':
      builder.startObject(2);
      builder.addFieldInt16(0, UNIT_NANOSECOND, 0);
      return [ArrowType.timestamp, builder.endObject()];
    default:
      builder.startObject(2);
      builder.addFieldInt32(0, KIND_INFO[kind].cellBytes * 8, 0);
      builder.addFieldInt8(1, kind.startsWith('int') ? 1 : 0, 0);
      return [ArrowType.int, builder.endObject()];
  }
}

function emptyTable(builder: Builder): number {
  builder.startObject(0);
  return builder.endObject();
}

function keyValues(builder: Builder, entries: Readonly<Record<string, string>>): number {
  const offsets = Object.entries(entries).map(([key, value]) => {
    const keyOffset = builder.createString(key);
    const valueOffset = builder.createString(value);
    builder.startObject(2);
    builder.addFieldOffset(0, keyOffset, 0);
    builder.addFieldOffset(1, valueOffset, 0);
    return builder.endObject();
  });
  return offsetVector(builder, offsets);
}

function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]);
  return builder.endVector();
}
