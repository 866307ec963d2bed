/*
 * A DER value: TAG, LENGTH, CONTENT (ITU-T X.690).
 *
 * | length | bytes |
 * |---|---|
 * | to 127 | one byte |
 * | to 255 | 0x81, one byte |
 * | to 65535 | 0x82, two bytes, big-endian |
 */

const MAX_CONTENT_BYTES = 0xffff;

/** One value of the given tag. `parts` follow each other as its content. @throws RangeError beyond 65 535 bytes */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthBytes(content.length)), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0x31, ...parts);
export const octetString = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0x04, ...parts);
export const utf8String = (text: string): Uint8Array => encodeDer(0x0c, Buffer.from(text));
export const boolean = (value: boolean): Uint8Array => encodeDer(0x01, Uint8Array.of(value ? 0xff : 0));
/** A value that the grammar marks `[number] EXPLICIT`. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => encodeDer(0xa0 | number, ...parts);

/** A whole number of zero or more, from big-endian bytes: the shortest form, whose first bit is a sign. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : bytes.subarray(first);
  return (digits[0] as number) < 0x80 ? encodeDer(0x02, digits) : encodeDer(0x02, Uint8Array.of(0), digits);
}

/** A string of bits; `unusedBits` of the last byte are no part of it. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeDer(0x03, Uint8Array.of(unusedBits), bytes);
}

/** An object identifier, such as `2.5.4.3`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encodeDer(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A moment, to the second: two-digit years up to 2049, four-digit years after that, as RFC 5280 §4.1.2.5 wants it. */
export function time(moment: Date): Uint8Array {
  const digits = `${moment
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '')}Z`;
  return moment.getUTCFullYear() < 2050 ? encodeDer(0x17, Buffer.from(digits.slice(2))) : encodeDer(0x18, Buffer.from(digits));
}

function lengthBytes(length: number): number[] {
  if (length > MAX_CONTENT_BYTES) throw new RangeError(`${length} bytes are more than this writer takes, ${MAX_CONTENT_BYTES}`);
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** Seven bits a byte, the highest first; all but the last have the eighth set. */
function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}
