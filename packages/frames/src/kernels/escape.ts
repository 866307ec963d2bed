// UTF-8 bytes as the inside of a JSON string, four at a time as long as they are ASCII and need no escape.
import { outBytes, outView } from './block.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const VIEW = outView;

/** Bytes of text that are in the scratch at once. */
export const TEXT_BYTES = 65536;
/** Text to be escaped, copied here so that V8 sees a constant array. Whole words are read: four bytes of slack. */
export const textBytes = new Uint8Array(TEXT_BYTES + 8);
const TEXT = textBytes;
const TEXT_VIEW = new DataView(textBytes.buffer);
/** Bytes that one byte of text can become: `\u00XX`. */
export const ESCAPED_BYTES = 6;

/** 0 plain, 1 `\u00XX`, else the character behind the backslash. */
const ESCAPE = new Uint8Array(128);
ESCAPE.fill(1, 0, 32);
for (const [code, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [34, '"'],
  [92, '\\'],
] as const)
  ESCAPE[code] = letter.charCodeAt(0);
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Writes text[start, end) escaped; what is not UTF-8 becomes U+FFFD, one per byte. Needs six bytes of room per byte. */
export function writeEscaped(p: number, start: number, end: number): number {
  // Kept small, so that V8 inlines it into the loop over cells: worth a quarter on short cells.
  let s = start;
  while (s < end) {
    const word = TEXT_VIEW.getInt32(s, true);
    if (needsCare(word) === 0) {
      VIEW.setInt32(p, word, true);
      s += 4;
      p += 4;
    } else {
      p = writeWithCare(p, s, end);
      s = afterCare.s;
    }
  }
  // The last word may have carried up to three bytes too many.
  return p + (end - s);
}

/** Writes text[start, end) as it is. */
export function copyText(p: number, start: number, end: number): number {
  for (let s = start, q = p; s < end; s += 4, q += 4) VIEW.setInt32(q, TEXT_VIEW.getInt32(s, true), true);
  return p + (end - start);
}

/** Where `writeWithCare` leaves off: a returned pair would be an allocation per call. */
const afterCare = { s: 0 };

/** Writes the characters that begin in the four bytes from s. */
function writeWithCare(p: number, s: number, end: number): number {
  const stop = Math.min(s + 4, end);
  while (s < stop) {
    const byte = TEXT[s];
    if (byte < 128) {
      p = writeAscii(p, byte);
      s++;
    } else {
      const bytes = sequenceLength(s, end);
      p = bytes === 0 ? writeReplacement(p) : copySequence(p, s, bytes);
      s += bytes || 1;
    }
  }
  afterCare.s = s;
  return p;
}

/** Writes text[start, end) as it is, but for what is not UTF-8, which becomes U+FFFD. Needs three bytes of room per byte. */
export function writeSanitized(p: number, start: number, end: number): number {
  for (let s = start; s < end; ) {
    const bytes = TEXT[s] < 128 ? 1 : sequenceLength(s, end);
    p = bytes === 0 ? writeReplacement(p) : copySequence(p, s, bytes);
    s += bytes || 1;
  }
  return p;
}

/**
 * Not 0 when a byte of the word is below 0x20, `"`, `\` or not ASCII.
 * The xor with 2 sends `"` below 0x21 and the space above it, so one comparison covers controls and quotes.
 */
function needsCare(word: number): number {
  const quotes = word ^ 0x02020202;
  const backslashes = word ^ 0x5c5c5c5c;
  return (((quotes - 0x21212121) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes) | word) & 0x80808080;
}

function writeAscii(p: number, byte: number): number {
  const code = ESCAPE[byte];
  if (code === 0) {
    OUT[p] = byte;
    return p + 1;
  }
  OUT[p] = 92;
  if (code !== 1) {
    OUT[p + 1] = code;
    return p + 2;
  }
  OUT[p + 1] = 117;
  OUT[p + 2] = 48;
  OUT[p + 3] = 48;
  OUT[p + 4] = HEX[byte >> 4];
  OUT[p + 5] = HEX[byte & 15];
  return p + 6;
}

/** Length of the UTF-8 sequence at s, 0 when there is none (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
function sequenceLength(s: number, end: number): number {
  const lead = TEXT[s];
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (s + bytes > end) return 0;
  const second = TEXT[s + 1];
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  if (bytes > 2 && (TEXT[s + 2] & 0xc0) !== 0x80) return 0;
  if (bytes > 3 && (TEXT[s + 3] & 0xc0) !== 0x80) return 0;
  return bytes;
}

function copySequence(p: number, s: number, bytes: number): number {
  // Four bytes are always there to read and to overwrite.
  VIEW.setInt32(p, TEXT_VIEW.getInt32(s, true), true);
  return p + bytes;
}

function writeReplacement(p: number): number {
  OUT[p] = 0xef;
  OUT[p + 1] = 0xbf;
  OUT[p + 2] = 0xbd;
  return p + 3;
}

/** The last position up to `end` at which long text may be cut without splitting a character. */
export function cutBefore(bytes: Uint8Array, end: number): number {
  for (let back = 0; back < 4; back++) if ((bytes[end - back] & 0xc0) !== 0x80) return end - back;
  // Four continuation bytes in a row belong to no character.
  return end;
}
