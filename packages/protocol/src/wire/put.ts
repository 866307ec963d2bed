import type { Put, Sink } from './sink.ts';
import type { Init, StringMap } from './types.ts';

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
    if (value === undefined) continue;
    const entry = sink.begin(field);
    sink.anyString(1, key);
    sink.anyString(2, value);
    sink.end(entry);
  }
}

/** Writes a map from string to message. */
export function putMessageMap<T>(sink: Sink, field: number, map: Init<StringMap<T>> | undefined, put: Put<T>): void {
  if (map === undefined) return;
  const entries = map as Readonly<Record<string, Init<T> | undefined>>;
  for (const key of Object.keys(entries)) {
    const value = entries[key];
    if (value === undefined) continue;
    const entry = sink.begin(field);
    sink.anyString(1, key);
    sink.message<T>(2, value, put);
    sink.end(entry);
  }
}
