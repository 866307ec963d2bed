import { isUtf8 } from 'node:buffer';

/**
 * A header value that gRPC metadata and Go take: bytes outside of printable ASCII are percent-encoded.
 *
 * @param value one character per byte, as Node reads headers; what is no UTF-8 is read as Latin-1
 */
export function toPrintable(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const text = isUtf8(bytes) ? bytes : Buffer.from(value, 'utf8');
  return Array.from(text, (byte) =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
