import {
  type FieldConfig,
  type FieldKind,
  FrameError,
  type FrameMeta,
  type Labels,
  readConfig,
  readLabels,
  readMeta,
} from '../model/index.ts';
import { type FlatbufferReader, invalid } from './flatbuffer-reader.ts';
import { ARROW_TYPE_NAMES, ArrowType, FIELD_SLOT, PRECISION_DOUBLE, PRECISION_SINGLE, SCHEMA_SLOT } from './layout.ts';

/** Nanoseconds per unit of Arrow timestamps: seconds, milliseconds, microseconds, nanoseconds. */
const NANOS_PER_UNIT = [1_000_000_000n, 1_000_000n, 1000n, 1n];

/** What a field counts as work: an honest one has more than 60 bytes, but hostile ones may all be the same. */
const WORK_PER_FIELD = 256;

/** A field as the schema announces it. */
export interface SchemaField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly nullable: boolean;
  /** Text as Utf8View: 16 bytes a cell that point into further buffers. */
  readonly isView: boolean;
  /** 1 unless a timestamp has another unit than nanoseconds. */
  readonly nanosPerUnit: bigint;
  readonly labels: Labels | undefined;
  readonly config: FieldConfig | undefined;
}

/** What a file says before its batches. */
export interface Schema {
  readonly name: string;
  readonly refId: string;
  readonly meta: FrameMeta | undefined;
  readonly fields: readonly SchemaField[];
}

/** Reads a Schema table with Grafana's metadata keys. */
export function decodeSchema(reader: FlatbufferReader, table: number): Schema {
  if (reader.slotInt16(table, SCHEMA_SLOT.endianness) !== 0)
    throw new FrameError('arrow_unsupported', { reason: 'big-endian values', hint: 'write little-endian' });
  const metadata = readKeys(reader, reader.slotReference(table, SCHEMA_SLOT.metadata), ['name', 'refId', 'meta']);
  const { length, first } = reader.vector(reader.slotReference(table, SCHEMA_SLOT.fields), 4);
  const fields: SchemaField[] = [];
  reader.spend(length * WORK_PER_FIELD);
  for (let i = 0; i < length; i++) fields.push(decodeField(reader, reader.reference(first + i * 4)));
  return { name: metadata.name ?? '', refId: metadata.refId ?? '', meta: readMeta(parseJson(metadata.meta, 'meta')), fields };
}

function decodeField(reader: FlatbufferReader, table: number): SchemaField {
  const name = reader.text(reader.slotReference(table, FIELD_SLOT.name));
  const metadata = readKeys(reader, reader.slotReference(table, FIELD_SLOT.metadata), ['tstype', 'labels', 'config']);
  if (reader.slot(table, FIELD_SLOT.dictionary) !== 0) throw unsupported('dictionary', name);
  const type = reader.slotUint8(table, FIELD_SLOT.typeType);
  const kind = decodeKind(reader, { type, table: reader.slotReference(table, FIELD_SLOT.type), name, tstype: metadata.tstype });
  return {
    name,
    kind,
    nullable: reader.slotUint8(table, FIELD_SLOT.nullable) !== 0,
    isView: type === ArrowType.utf8View,
    nanosPerUnit: kind === 'time' ? decodeUnit(reader, reader.slotReference(table, FIELD_SLOT.type), name) : 1n,
    labels: readLabels(parseJson(metadata.labels, 'labels', name), name),
    config: readConfig(parseJson(metadata.config, 'config', name), name),
  };
}

interface FieldType {
  readonly type: number;
  /** Position of the table with the details of the type. */
  readonly table: number;
  readonly name: string;
  readonly tstype: string | undefined;
}

function decodeKind(reader: FlatbufferReader, { type, table, name, tstype }: FieldType): FieldKind {
  const detail = () => (table === 0 ? missingType(name) : table);
  switch (type) {
    case ArrowType.int:
      return decodeInt(reader, detail(), { name, isEnum: tstype === 'enum' });
    case ArrowType.floatingPoint: {
      const precision = reader.slotInt16(detail(), 0);
      if (precision === PRECISION_DOUBLE) return 'float64';
      if (precision === PRECISION_SINGLE) return 'float32';
      throw unsupported('float16', name);
    }
    case ArrowType.binary:
      return 'json';
    case ArrowType.utf8:
    case ArrowType.utf8View:
      return 'string';
    case ArrowType.bool:
      return 'bool';
    case ArrowType.timestamp:
      return 'time';
    default:
      throw unsupported(ARROW_TYPE_NAMES[type] ?? `type ${type}`, name);
  }
}

function decodeInt(reader: FlatbufferReader, table: number, { name, isEnum }: { name: string; isEnum: boolean }): FieldKind {
  const bits = reader.slotInt32(table, 0);
  const signed = reader.slotUint8(table, 1) !== 0;
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) throw invalid(`an integer of ${bits} bits`, name);
  if (isEnum && bits === 16 && !signed) return 'enum';
  return signed ? `int${bits}` : `uint${bits}`;
}

function decodeUnit(reader: FlatbufferReader, table: number, name: string): bigint {
  const unit = NANOS_PER_UNIT[table === 0 ? missingType(name) : reader.slotInt16(table, 0)];
  if (unit === undefined) throw invalid('a timestamp of an unknown unit', name);
  return unit;
}

/** The wanted keys of a metadata vector; the first of several counts, as in Go. */
function readKeys<Key extends string>(reader: FlatbufferReader, at: number, wanted: readonly Key[]): { [K in Key]?: string } {
  const found: { [K in Key]?: string } = {};
  const { length, first } = reader.vector(at, 4);
  for (let i = 0; i < length; i++) {
    const entry = reader.reference(first + i * 4);
    const key = reader.text(reader.slotReference(entry, 0)) as Key;
    if (wanted.includes(key) && found[key] === undefined) found[key] = reader.text(reader.slotReference(entry, 1));
  }
  return found;
}

function parseJson(text: string | undefined, key: string, field?: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = `metadata key ${JSON.stringify(key)} is not JSON: ${JSON.stringify(text.slice(0, 60))}`;
    throw new FrameError('metadata_invalid', { reason, ...(field === undefined ? {} : { field }) }, { cause });
  }
}

function unsupported(type: string, field: string): FrameError {
  return new FrameError('arrow_unsupported', {
    reason: `Arrow type ${type}`,
    field,
    hint: 'use integers, floats, Utf8, Bool, Timestamp or Binary with JSON',
  });
}

function missingType(field: string): never {
  throw invalid('its type has no details', field);
}
