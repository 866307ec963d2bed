const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();

/** UTF-8 bytes as text; what is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  // A decoder call costs more than 20 ASCII characters do.
  if (end - start > 24) return DECODER.decode(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte > 127) return DECODER.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Text as UTF-8 bytes; lone surrogates become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return ENCODER.encode(text);
}
