import { type Get, Reader } from './reader.ts';

/** Enough for the data sources that one plugin serves at a time. */
const MOST_MESSAGES = 16;
/** A larger one is read anew each time. */
const LARGEST_BYTES = 16 << 10;

/**
 * Reads messages that come again and again octet for octet, such as the context in each request for one data source: those
 * that came before are compared instead of read.
 *
 * What is given out is shared, therefore frozen; its bytes fields must be left unchanged.
 *
 * @param name of the message, for errors
 */
export function recurring<T extends object>(name: string, get: Get<T>): Get<T> {
  const known: { readonly octets: Buffer; readonly message: T }[] = [];
  let next = 0;
  return (reader, target) => {
    if (target !== undefined) return get(reader, structuredClone(target));
    for (const { octets, message } of known) if (reader.skipEqual(octets)) return message;
    if (reader.bytesLeft > LARGEST_BYTES) return get(reader);
    const octets = reader.takeCopy();
    const message = freeze(get(new Reader(name, octets)));
    known[next] = { octets, message };
    next = (next + 1) % MOST_MESSAGES;
    return message;
  };
}

/** With all that is in it, but for bytes, which cannot be frozen. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
