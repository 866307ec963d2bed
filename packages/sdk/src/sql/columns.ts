import { type FieldKind, parseNanos } from '@backplane/frames';

/** A column of a result, as the frame will have it. */
export interface SqlColumn {
  readonly name: string;
  /** What its values are; they decide by themselves when it is absent, or when one of them does not fit. */
  readonly kind?: FieldKind | undefined;
  /**
   * Turns a value of the driver into one of the kind; undefined when it does not fit. Without it values are taken as
   * `frameFromRows` takes them. Times become bigint nanoseconds.
   */
  readonly convert?: ((value: unknown) => unknown) | undefined;
  /** The kind of a column without any value; string unless given. */
  readonly kindWhenEmpty?: FieldKind | undefined;
  /** Bytes become hexadecimal digits; as text they are read unless that is said. */
  readonly bytesAsHex?: boolean | undefined;
}

/** Kinds by the object ids of PostgreSQL's types; what is not here (numeric range, uuid, arrays …) is what its values are. */
const postgresKinds: Readonly<Record<number, FieldKind>> = {
  16: 'bool',
  20: 'int64', // bigint
  21: 'int16',
  23: 'int32',
  26: 'uint32', // oid
  700: 'float32',
  701: 'float64',
  1700: 'float64', // numeric
  25: 'string',
  1042: 'string',
  1043: 'string',
  114: 'json',
  3802: 'json',
  1082: 'time', // date
  1114: 'time', // timestamp
  1184: 'time', // timestamptz
};

/** A column as `pg` describes it in `result.fields`. */
export function postgresColumn({ name, dataTypeID }: { readonly name: string; readonly dataTypeID: number }): SqlColumn {
  const kind = postgresKinds[dataTypeID];
  return { name, kind };
}

const unsignedFlag = 32;

/** Kinds by the numbers of MySQL's protocol: signed, unsigned. */
const mysqlKinds: Readonly<Record<number, readonly [FieldKind, FieldKind]>> = {
  0: ['float64', 'float64'], // decimal
  1: ['int8', 'uint8'],
  2: ['int16', 'uint16'],
  3: ['int32', 'uint32'],
  4: ['float32', 'float32'],
  5: ['float64', 'float64'],
  7: ['time', 'time'], // timestamp
  8: ['int64', 'uint64'],
  9: ['int32', 'uint32'], // mediumint
  10: ['time', 'time'], // date
  12: ['time', 'time'], // datetime
  13: ['int16', 'uint16'], // year
  245: ['json', 'json'],
  246: ['float64', 'float64'], // decimal
};

/** A column as `mysql2` describes it in `fields`. */
export function mysqlColumn(field: {
  readonly name: string;
  readonly columnType?: number | undefined;
  readonly type?: number | undefined;
  readonly flags?: number | readonly unknown[] | undefined;
}): SqlColumn {
  const { name, columnType, type, flags } = field;
  const isUnsigned = typeof flags === 'number' ? (flags & unsignedFlag) !== 0 : flags?.includes('UNSIGNED') === true;
  const kind = mysqlKinds[columnType ?? type ?? -1]?.[isUnsigned ? 1 : 0];
  return { name, kind };
}

// SQLite has no type for times: numbers are told apart by size; up to 5138 CE none fits two of the units.
const secondsBelow = 100_000_000_000n;
const microsecondsFrom = 100_000_000_000_000n;
const nanosecondsFrom = 100_000_000_000_000_000n;

/**
 * A column as `node:sqlite` and others describe it in `statement.columns()`. SQLite stores any value in any column: the
 * declared type is a hint, and a column that is called `time` is a time. Times are ISO text, or epoch seconds,
 * milliseconds, microseconds or nanoseconds, told apart by size. Bytes become hexadecimal digits.
 */
export function sqliteColumn({ name, type }: { readonly name: string; readonly type: string | null }): SqlColumn {
  const declared = (type ?? '').toUpperCase().replace(/\(.*/, '').trim();
  const kindWhenEmpty = declared.includes('INT') ? 'int64' : /CHAR|CLOB|TEXT|BLOB|JSON/.test(declared) ? 'string' : 'float64';
  const common = { name, bytesAsHex: true };
  if (/^(TIMESTAMP|DATETIME|DATE)\b/.test(declared) || name.toLowerCase() === 'time')
    return { ...common, kind: 'time', convert: sqliteNanos };
  if (/^BOOL(EAN)?$/.test(declared)) return { ...common, kind: 'bool' };
  if (/^JSONB?$/.test(declared)) return { ...common, kind: 'json', convert: (value) => (typeof value === 'string' ? value : undefined) };
  return { ...common, kindWhenEmpty };
}

function sqliteNanos(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return scaleInteger(value);
  if (typeof value === 'number') return scaleReal(value);
  return typeof value === 'string' ? parseNanos(value) : undefined;
}

function scaleInteger(value: bigint): bigint {
  const size = value < 0n ? -value : value;
  if (size < secondsBelow) return value * 1_000_000_000n;
  if (size < microsecondsFrom) return value * 1_000_000n;
  return size < nanosecondsFrom ? value * 1000n : value;
}

function scaleReal(value: number): bigint | undefined {
  const size = Math.abs(value);
  if (!(size < 9.2e18)) return undefined;
  // Through microseconds: that is what a double of today's seconds holds.
  if (size < Number(secondsBelow)) return BigInt(Math.round(value * 1e6)) * 1000n;
  if (size < Number(microsecondsFrom)) return BigInt(Math.round(value * 1e3)) * 1000n;
  return scaleInteger(BigInt(Math.round(value)));
}
