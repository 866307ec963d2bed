import { parseNanos } from '@backplane/sdk/frames';
import type { Cells, CellValues, SqliteValue } from './cells.ts';
import type { Collected, ColumnCollector } from './column-collector.ts';
import { integerToNanos, realToNanos } from './parse-time.ts';

/** A column as SQLite describes it: its name in the result, and its type in CREATE TABLE, null for expressions. */
export interface ColumnDescription {
  readonly name: string;
  readonly type: string | null;
}

/**
 * Turns what was gathered into one kind. Declared types lead, but SQLite stores any value in any column,
 * so the values decide whenever they do not fit.
 */
export function inferCells({ name, type }: ColumnDescription, collector: ColumnCollector): Cells {
  const { state, nulls } = collector.finish();
  const { length } = collector;
  const wish = declaredKind(type, name);
  const values = (wish === undefined ? undefined : tryKind(wish, state, length)) ?? kindOfValues(state, length, type);
  return { name, length, nulls, ...values };
}

/** Kinds that values alone do not show. */
type DeclaredKind = 'time' | 'bool' | 'json';

function declaredKind(type: string | null, name: string): DeclaredKind | undefined {
  const declared = (type ?? '').toUpperCase().replace(/\(.*/, '').trim();
  if (/^(TIMESTAMP|DATETIME|DATE)\b/.test(declared) || name.toLowerCase() === 'time') return 'time';
  if (/^BOOL(EAN)?$/.test(declared)) return 'bool';
  return /^JSONB?$/.test(declared) ? 'json' : undefined;
}

function tryKind(kind: DeclaredKind, state: Collected, length: number): CellValues | undefined {
  switch (kind) {
    case 'time':
      return toTimes(state, length);
    case 'bool':
      return toBooleans(state, length);
    case 'json':
      return toJson(state, length);
    default:
      return kind satisfies never;
  }
}

function toTimes(state: Collected, length: number): CellValues | undefined {
  if (state.kind === 'empty') return { kind: 'time', values: new BigInt64Array(length) };
  if (state.kind === 'integers') return { kind: 'time', values: state.values.map(integerToNanos) };
  const nanos = new BigInt64Array(length);
  for (let row = 0; row < length; row++) {
    const value = toNanos(state.values[row] ?? null);
    if (value === undefined) return undefined;
    nanos[row] = value;
  }
  return { kind: 'time', values: nanos };
}

function toNanos(value: SqliteValue): bigint | undefined {
  if (value === null) return 0n;
  if (typeof value === 'bigint') return integerToNanos(value);
  if (typeof value === 'number') return realToNanos(value);
  return typeof value === 'string' ? parseNanos(value) : undefined;
}

function toBooleans(state: Collected, length: number): CellValues | undefined {
  if (state.kind === 'empty') return { kind: 'bool', values: new Uint8Array(length) };
  if (state.kind !== 'integers' || state.values.some((value) => value !== 0n && value !== 1n)) return undefined;
  return { kind: 'bool', values: Uint8Array.from(state.values, Number) };
}

function toJson(state: Collected, length: number): CellValues | undefined {
  if (state.kind === 'empty') return { kind: 'json', values: new Array<null>(length).fill(null) };
  if (state.kind !== 'loose' || !state.values.every((value) => value === null || isJsonText(value))) return undefined;
  return { kind: 'json', values: state.values as (string | null)[] };
}

function isJsonText(value: SqliteValue): boolean {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function kindOfValues(state: Collected, length: number, type: string | null): CellValues {
  switch (state.kind) {
    case 'integers':
      return { kind: 'int64', values: state.values };
    case 'reals':
      return { kind: 'float64', values: state.values };
    case 'empty':
      return emptyOf(type, length);
    case 'loose':
      return state.values.every((value) => value === null || typeof value === 'bigint' || typeof value === 'number')
        ? { kind: 'float64', values: Float64Array.from(state.values, Number) }
        : { kind: 'string', values: state.values.map(toText) };
    default:
      return state satisfies never;
  }
}

/** Nothing but nulls: SQLite's affinity rules on the declared type; expressions count as numbers, as `avg(x)` does. */
function emptyOf(type: string | null, length: number): CellValues {
  const declared = (type ?? '').toUpperCase();
  if (declared.includes('INT')) return { kind: 'int64', values: new BigInt64Array(length) };
  if (/CHAR|CLOB|TEXT|BLOB|JSON/.test(declared)) return { kind: 'string', values: new Array<null>(length).fill(null) };
  return { kind: 'float64', values: new Float64Array(length) };
}

/** Blobs are shown as hexadecimal digits: frames have no bytes. */
function toText(value: SqliteValue): string | null {
  if (value === null || typeof value === 'string') return value;
  return value instanceof Uint8Array ? value.toHex() : `${value}`;
}
