import {
  type FieldConfig,
  type FieldKind,
  FrameError,
  type FrameErrorFacts,
  type FrameMeta,
  type Labels,
  readConfig,
  readLabels,
  readMeta,
} from '../model/index.ts';

/** What the schema part of frame JSON says. */
export interface JsonSchema {
  readonly name: string;
  readonly refId: string;
  readonly meta: FrameMeta | undefined;
  readonly fields: readonly JsonField[];
}

/** A field without its cells. */
export interface JsonField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly nullable: boolean;
  readonly labels: Labels | undefined;
  readonly config: FieldConfig | undefined;
}

/** `typeInfo.frame` with the other spellings that Go reads. */
const KIND_OF_FRAME_TYPE: Readonly<Record<string, FieldKind>> = {
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  int: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  float32: 'float32',
  float64: 'float64',
  float: 'float64',
  double: 'float64',
  string: 'string',
  bool: 'bool',
  boolean: 'bool',
  'time.Time': 'time',
  time: 'time',
  'json.RawMessage': 'json',
  json: 'json',
  enum: 'enum',
};

/** `type` counts where there is no `typeInfo`. */
const KIND_OF_JSON_TYPE: Readonly<Record<string, FieldKind>> = {
  number: 'float64',
  string: 'string',
  boolean: 'bool',
  time: 'time',
  enum: 'enum',
  other: 'json',
};

/** Checks the parsed schema of frame JSON. */
export function decodeSchema(value: unknown): JsonSchema {
  const { name, refId, meta, fields } = asObject(value, { reason: 'its schema is not an object' });
  if (fields !== undefined && fields !== null && !Array.isArray(fields))
    throw shapeError({ reason: 'the fields of its schema are no list' });
  return {
    name: asText(name, { reason: 'its name is not text' }),
    refId: asText(refId, { reason: 'its refId is not text' }),
    meta: readMeta(meta),
    fields: ((fields ?? []) as unknown[]).map(decodeField),
  };
}

function decodeField(value: unknown, index: number): JsonField {
  const field = asObject(value, { reason: `field ${index} of its schema is not an object` });
  const name = asText(field.name, { reason: `the name of field ${index} is not text` });
  const info =
    field.typeInfo === undefined || field.typeInfo === null
      ? {}
      : asObject(field.typeInfo, { reason: 'typeInfo is not an object', field: name });
  const { kind, nullable } = decodeKind(field.type, info.frame, name);
  return {
    name,
    kind,
    nullable: nullable || info.nullable === true,
    labels: readLabels(field.labels, name),
    config: readConfig(field.config, name),
  };
}

function decodeKind(type: unknown, frameType: unknown, field: string): { kind: FieldKind; nullable: boolean } {
  if (typeof frameType === 'string' && frameType !== '') {
    const nullable = frameType.startsWith('*');
    const kind = lookUp(KIND_OF_FRAME_TYPE, nullable ? frameType.slice(1) : frameType);
    if (kind === undefined) throw shapeError({ reason: `unknown typeInfo.frame ${JSON.stringify(frameType)}`, field });
    return { kind, nullable };
  }
  const kind = typeof type === 'string' ? lookUp(KIND_OF_JSON_TYPE, type) : undefined;
  if (kind === undefined)
    throw shapeError({ reason: `no known type: ${JSON.stringify(type) ?? 'none'}`, field, hint: 'give typeInfo.frame, such as "float64"' });
  return { kind, nullable: false };
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function asText(value: unknown, facts: FrameErrorFacts): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw shapeError(facts);
  return value;
}

function asObject(value: unknown, facts: FrameErrorFacts): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw shapeError(facts);
  return value as Record<string, unknown>;
}

/** The error for JSON that is not a frame. */
export function shapeError(facts: FrameErrorFacts): FrameError {
  return new FrameError('json_shape', facts);
}
