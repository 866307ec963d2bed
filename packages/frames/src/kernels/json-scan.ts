// Tells whether bytes are one JSON document (RFC 8259), without building anything: cells of json columns are copied
// to the output as they are, so one bad cell would spoil the whole response.
import { decodeText } from '../model/index.ts';

/** Nesting beyond which a document counts as invalid; Go's reader has the same limit. */
const MAX_DEPTH = 10000;
/** For each open bracket, 1 for an object. */
const STACK = new Uint8Array(MAX_DEPTH);
const FAILED = -1;

/** Where `scanString` notes that it met bytes beyond ASCII, which may not be UTF-8. */
const seen = { nonAscii: false };

/** 0 for bytes that are no JSON document, 1 for one in ASCII, 2 for one with other bytes, which may not be UTF-8. */
export function scanJson(bytes: Uint8Array, start: number, end: number): 0 | 1 | 2 {
  seen.nonAscii = false;
  let at = skipSpace(bytes, start, end);
  let depth = 0;
  for (;;) {
    // A value starts here.
    const opening = at < end ? bytes[at] : 0;
    if (opening === 123 || opening === 91) {
      if (depth === MAX_DEPTH) return 0;
      STACK[depth++] = opening === 123 ? 1 : 0;
      at = skipSpace(bytes, at + 1, end);
      if (at >= end) return 0;
      if (bytes[at] !== opening + 2) {
        if (opening === 123) at = scanKey(bytes, at, end);
        if (at === FAILED) return 0;
        continue;
      }
      at++;
      depth--;
    } else at = scanScalar(bytes, at, end);
    if (at === FAILED) return 0;
    // A value ended here: close what closes, and go on to the next.
    for (;;) {
      at = skipSpace(bytes, at, end);
      if (depth === 0) return at !== end ? 0 : seen.nonAscii ? 2 : 1;
      const isObject = STACK[depth - 1] === 1;
      const byte = at < end ? bytes[at] : 0;
      at++;
      if (byte === 44) {
        at = skipSpace(bytes, at, end);
        if (isObject) at = scanKey(bytes, at, end);
        if (at === FAILED) return 0;
        break;
      }
      if (byte !== (isObject ? 125 : 93)) return 0;
      depth--;
    }
  }
}

/** A key, its colon and the space behind it. */
function scanKey(bytes: Uint8Array, start: number, end: number): number {
  let at = scanString(bytes, start, end);
  if (at === FAILED) return FAILED;
  at = skipSpace(bytes, at, end);
  return at < end && bytes[at] === 58 ? skipSpace(bytes, at + 1, end) : FAILED;
}

function scanScalar(bytes: Uint8Array, at: number, end: number): number {
  switch (at < end ? bytes[at] : 0) {
    case 34:
      return scanString(bytes, at, end);
    case 116:
      return scanWord(bytes, at, end, TRUE);
    case 102:
      return scanWord(bytes, at, end, FALSE);
    case 110:
      return scanWord(bytes, at, end, NULL);
    default:
      return scanNumber(bytes, at, end);
  }
}

function scanString(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || bytes[start] !== 34) return FAILED;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at];
    if (byte === 34) return at + 1;
    if (byte < 32) return FAILED;
    if (byte > 127) seen.nonAscii = true;
    if (byte !== 92) continue;
    at++;
    const code = at < end ? bytes[at] : 0;
    if (code === 117) {
      for (const last = at + 4; at < last; ) if (++at >= end || !isHex(bytes[at])) return FAILED;
    } else if (!isEscape(code)) return FAILED;
  }
  return FAILED;
}

function scanNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (at < end && bytes[at] === 45) at++;
  if (at < end && bytes[at] === 48) at++;
  else at = scanDigits(bytes, at, end);
  if (at !== FAILED && at < end && bytes[at] === 46) at = scanDigits(bytes, at + 1, end);
  if (at !== FAILED && at < end && (bytes[at] | 32) === 101) {
    at++;
    if (at < end && (bytes[at] === 43 || bytes[at] === 45)) at++;
    at = scanDigits(bytes, at, end);
    if (at !== FAILED && isTooLarge(bytes, start, at)) return FAILED;
  }
  return at;
}

/** Whether a number with exponent is beyond a double: Go's reader fails on 1e400, though not on 400 digits. */
function isTooLarge(bytes: Uint8Array, start: number, end: number): boolean {
  // 1e309 has five characters.
  return end - start >= 5 && !Number.isFinite(Number(decodeText(bytes, start, end)));
}

function scanDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] >= 48 && bytes[at] <= 57) at++;
  return at === start ? FAILED : at;
}

const TRUE = Uint8Array.of(116, 114, 117, 101);
const FALSE = Uint8Array.of(102, 97, 108, 115, 101);
const NULL = Uint8Array.of(110, 117, 108, 108);

function scanWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  if (start + word.length > end) return FAILED;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return FAILED;
  return start + word.length;
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 32 || bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 9)) at++;
  return at;
}

function isHex(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || ((byte | 32) >= 97 && (byte | 32) <= 102);
}

function isEscape(byte: number): boolean {
  return byte === 34 || byte === 92 || byte === 47 || byte === 98 || byte === 102 || byte === 110 || byte === 114 || byte === 116;
}
