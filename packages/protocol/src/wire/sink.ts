import type { BytesInit, Init, StringMap, UnknownField } from './types.ts';

/** Writes the fields of one message. Runs twice per encoding, over the same message: once to measure, once to write. */
export type Put<T> = (sink: Sink, message: Init<T>) => void;

/**
 * Where fields go. As in proto3, empty values are left out;
 * items of lists and entries of maps are written whatever they hold.
 */
export interface Sink {
  string(field: number, value: string | undefined): void;
  bytes(field: number, value: BytesInit | undefined): void;
  int64(field: number, value: bigint | number | undefined): void;
  /** An int32 or enum field. */
  int32(field: number, value: number | undefined): void;
  uint32(field: number, value: number | undefined): void;
  bool(field: number, value: boolean | undefined): void;
  message<T>(field: number, value: Init<T> | undefined, put: Put<T>): void;
  /** Items of a repeated string field. */
  strings(field: number, values: readonly string[] | undefined): void;
  /** Items of a repeated bytes field. */
  byteLists(field: number, values: readonly BytesInit[] | undefined): void;
  unknown(fields: readonly UnknownField[] | undefined): void;
  /** A string even when it is empty; the keys and values of maps. */
  anyString(field: number, value: string): void;
}

/** Writes a repeated message field. */
export function putMessages<T>(sink: Sink, field: number, values: readonly Init<T>[] | undefined, put: Put<T>): void {
  if (values === undefined) return;
  for (const value of values) sink.message<T>(field, value, put);
}

/** Writes a map from string to string, in the object's own order. */
export function putMap(sink: Sink, field: number, map: Init<StringMap> | undefined): void {
  if (map === undefined) return;
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value !== undefined) sink.message<Entry>(field, { key, value }, putEntry);
  }
}

/** Writes a map from string to message. */
export function putMessageMap<T>(sink: Sink, field: number, map: Init<StringMap<T>> | undefined, put: Put<T>): void {
  if (map === undefined) return;
  const entries = map as Readonly<Record<string, Init<T> | undefined>>;
  for (const key of Object.keys(entries)) {
    const value = entries[key];
    if (value === undefined) continue;
    sink.message<object>(field, {}, (inner) => {
      inner.anyString(1, key);
      inner.message<T>(2, value, put);
    });
  }
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

function putEntry(sink: Sink, entry: Init<Entry>): void {
  sink.anyString(1, entry.key ?? '');
  sink.anyString(2, entry.value ?? '');
}
