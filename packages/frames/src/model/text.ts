const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();
const REPLACEMENT = '\ufffd';

/** UTF-8 bytes as text; of what is not UTF-8, every byte becomes U+FFFD, as in Go and in our frame JSON. */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  // A decoder call costs more than 12 ASCII characters do, and beyond them V8 would keep a chain of concatenations.
  if (end - start > 12) return decodeUtf8(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte > 127) return decodeUtf8(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Text as UTF-8 bytes; lone surrogates become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return ENCODER.encode(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  return text.includes(REPLACEMENT) ? decodeDamaged(bytes) : text;
}

/** The platform's decoder writes one U+FFFD for the whole beginning of a character that breaks off. */
function decodeDamaged(bytes: Uint8Array): string {
  let text = '';
  let first = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      if (at > first) text += DECODER.decode(bytes.subarray(first, at));
      text += REPLACEMENT;
      first = at + 1;
    }
    at += length || 1;
  }
  return text + DECODER.decode(bytes.subarray(first));
}

/** Bytes of the character at a position, 0 when there is none (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
