import { isUtf8 } from 'node:buffer';

/** Up to this many bytes a loop beats the call into native code. */
const SHORT = 6;

/** Text of `bytes[start, end)`, or undefined when it is not UTF-8. */
export function decodeUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start <= SHORT) {
    let text = '';
    let index = start;
    while (index < end && bytes[index] < 0x80) text += String.fromCharCode(bytes[index++]);
    if (index === end) return text;
  }
  const text = bytes.toString('utf8', start, end);
  // Invalid input is replaced by U+FFFD, which may also stand there by right.
  return text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
