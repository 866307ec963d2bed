/** The fifteen kinds of cells, in the order of Go's field types. */
export const FIELD_KINDS = [
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'string',
  'bool',
  'time',
  'json',
  'enum',
] as const;

/** What the cells of a field are. `enum` cells are indexes into `config.type.enum.text`. */
export type FieldKind = (typeof FIELD_KINDS)[number];

/** How a kind is named on the wire and how wide its cells are. */
export interface KindInfo {
  /** `typeInfo.frame` in frame JSON. */
  readonly frameType: string;
  /** `type` in frame JSON and `tstype` in Arrow metadata. */
  readonly jsonType: 'number' | 'string' | 'boolean' | 'time' | 'enum' | 'other';
  /** Bytes of a cell; 0 for bool (one bit) and for cells of varying length. */
  readonly cellBytes: number;
}

/** The facts of every kind. */
export const KIND_INFO: Readonly<Record<FieldKind, KindInfo>> = {
  int8: { frameType: 'int8', jsonType: 'number', cellBytes: 1 },
  int16: { frameType: 'int16', jsonType: 'number', cellBytes: 2 },
  int32: { frameType: 'int32', jsonType: 'number', cellBytes: 4 },
  int64: { frameType: 'int64', jsonType: 'number', cellBytes: 8 },
  uint8: { frameType: 'uint8', jsonType: 'number', cellBytes: 1 },
  uint16: { frameType: 'uint16', jsonType: 'number', cellBytes: 2 },
  uint32: { frameType: 'uint32', jsonType: 'number', cellBytes: 4 },
  uint64: { frameType: 'uint64', jsonType: 'number', cellBytes: 8 },
  float32: { frameType: 'float32', jsonType: 'number', cellBytes: 4 },
  float64: { frameType: 'float64', jsonType: 'number', cellBytes: 8 },
  string: { frameType: 'string', jsonType: 'string', cellBytes: 0 },
  bool: { frameType: 'bool', jsonType: 'boolean', cellBytes: 0 },
  time: { frameType: 'time.Time', jsonType: 'time', cellBytes: 8 },
  json: { frameType: 'json.RawMessage', jsonType: 'other', cellBytes: 0 },
  enum: { frameType: 'enum', jsonType: 'enum', cellBytes: 2 },
};

/** Whether cells are numbers. An enum is not, as in Go. */
export function isNumberKind(kind: FieldKind): boolean {
  return kind.startsWith('int') || kind.startsWith('uint') || kind.startsWith('float');
}

/** Whether cells of this kind vary in length, so that the column has offsets. */
export function isVariableKind(kind: FieldKind): kind is 'string' | 'json' {
  return kind === 'string' || kind === 'json';
}
