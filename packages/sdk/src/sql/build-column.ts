import { type Column, type ColumnInput, type FieldKind, FrameError, frameFromRows, json, utf8 } from '@backplane/frames';
import type { Collected, ColumnCollector } from './column-collector.ts';
import type { SqlColumn } from './columns.ts';

/**
 * Makes one column of what was gathered. What the database says about it leads; when a value does not fit that, the
 * values decide, as they do where it says nothing. Always nullable: what is null can change from one query to the next.
 */
export function buildSqlColumn(column: SqlColumn, collector: ColumnCollector): ColumnInput {
  const { state, nulls } = collector.finish();
  if (state.kind === 'empty') return fromValues(column.kind ?? column.kindWhenEmpty ?? 'string', collector.toArray());
  const wished = column.kind === undefined ? undefined : tryKind(column, column.kind, { state, nulls, collector });
  return wished ?? fromState({ state, nulls, collector }, column);
}

interface Gathered {
  readonly state: Exclude<Collected, { kind: 'empty' }>;
  readonly nulls: Uint8Array | undefined;
  readonly collector: ColumnCollector;
}

function tryKind({ convert }: SqlColumn, kind: FieldKind, gathered: Gathered): ColumnInput | undefined {
  const { state, collector } = gathered;
  if (convert === undefined && nativeKind(state) === kind) return fromState(gathered, {});
  if (kind === 'time' && convert !== undefined) return tryTimes(convert, gathered);
  let values = collector.toArray();
  if (convert !== undefined) {
    values = values.map((value) => (value === null ? null : convert(value)));
    if (values.includes(undefined)) return undefined;
  }
  if (kind === 'json' && values.every((value) => value === null || typeof value === 'string'))
    return values.every((text) => text === null || isJson(text as string)) ? json(values, { raw: true, nullable: true }) : undefined;
  try {
    return fromValues(kind, values);
  } catch (error) {
    if (error instanceof FrameError && error.code === 'cell_invalid') return undefined;
    throw error;
  }
}

/** Times that the database's own rule reads as nanoseconds: no object for each cell. */
function tryTimes(convert: (value: unknown) => unknown, { state, nulls, collector }: Gathered): ColumnInput | undefined {
  const nanos = new BigInt64Array(collector.length);
  for (let row = 0; row < nanos.length; row++) {
    const value = state.values[row];
    if (nulls?.[row] === 1 || value === null) continue;
    const time = convert(value);
    if (typeof time !== 'bigint') return undefined;
    nanos[row] = time;
  }
  return packed('time', nanos, nulls);
}

function nativeKind(state: Collected): FieldKind | undefined {
  return state.kind === 'integers' ? 'int64' : state.kind === 'reals' ? 'float64' : undefined;
}

function fromState({ state, nulls }: Gathered, { bytesAsHex = false }: Pick<SqlColumn, 'bytesAsHex'>): ColumnInput {
  if (state.kind === 'integers') return packed('int64', state.values, nulls);
  if (state.kind === 'reals') return packed('float64', state.values, nulls);
  const values = bytesAsHex ? state.values.map((value) => (value instanceof Uint8Array ? value.toHex() : value)) : state.values;
  const isText = values.every((value) => value === null || typeof value === 'string');
  return isText ? utf8(values as (string | null)[], { nullable: true }) : fromValues(undefined, values);
}

function fromValues(kind: FieldKind | undefined, values: readonly unknown[]): ColumnInput {
  const [field] = frameFromRows(
    [{ name: '', kind }],
    values.map((value) => [value]),
  ).fields;
  return { column: (field as { column: Column }).column };
}

/** Typed values as they are, not copied. */
function packed(kind: 'int64' | 'float64' | 'time', values: BigInt64Array | Float64Array, nulls: Uint8Array | undefined): ColumnInput {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const validity = nulls && validityOf(nulls);
  return { column: { kind, length: values.length, nullable: true, values: bytes, offsets: undefined, validity, bitOffset: 0 } };
}

/** One bit for each row, set where there is a value; lowest bit first. */
function validityOf(nulls: Uint8Array): Uint8Array {
  const bits = new Uint8Array((nulls.length + 7) >> 3);
  for (let row = 0; row < nulls.length; row++) if (nulls[row] === 0) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
  return bits;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
