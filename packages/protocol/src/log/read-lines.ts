/**
 * Splits bytes into lines of UTF-8 text; LF or CRLF end a line, and so does the end of the input.
 *
 * A line longer than `maxLineBytes` comes in pieces of that size, so that no plugin can make its host gather memory.
 * Bytes that are not UTF-8 become U+FFFD.
 */
export async function* readLines(input: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (;;) {
      const end = rest.indexOf(0x0a, start);
      const length = (end < 0 ? rest.length : end) - start;
      if (length >= maxLineBytes) {
        yield rest.toString('utf8', start, start + maxLineBytes);
        start += maxLineBytes;
      } else if (end >= 0) {
        yield rest.toString('utf8', start, end > start && rest[end - 1] === 0x0d ? end - 1 : end);
        start = end + 1;
      } else break;
    }
    // A copy: a few bytes must not keep a chunk of 64 KiB alive, nor see it reused.
    rest = Buffer.from(rest.subarray(start));
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
