// Tells whether bytes are one JSON document (RFC 8259), without building anything: cells of json columns are copied
// to the output as they are, so one bad cell would spoil the whole response. A table gives the next state for each
// state and byte; only brackets, commas and what is rare need a decision. Costs as much as copying the cell, about 1 ns a byte.
import { decodeText } from '../model/index.ts';

/** Nesting beyond which a document counts as invalid; Go's reader has the same limit. */
const MAX_DEPTH = 10000;
/** For each open bracket, 1 for an object. */
const STACK = new Uint8Array(MAX_DEPTH);

// States: what comes next, or what we are in. Each literal and escape has a state for every character it still lacks.
const VALUE = 0;
const FIRST_VALUE = 1;
const FIRST_KEY = 2;
const KEY = 3;
const COLON = 4;
const AFTER_VALUE = 5;
const MINUS = 6;
const ZERO = 7;
const DIGITS = 8;
const POINT = 9;
const FRACTION = 10;
const EXPONENT = 11;
const EXPONENT_SIGN = 12;
const EXPONENT_DIGITS = 13;
const TRUE = 14;
const FALSE = 17;
const NULL = 21;
const STRING = 24;
const KEY_STRING = 30;
const STATES = 36;
// What a byte may ask for instead.
const OPEN_OBJECT = 64;
const OPEN_ARRAY = 65;
const CLOSE_OBJECT = 66;
const CLOSE_ARRAY = 67;
const COMMA = 68;
const BEGIN_EXPONENT = 69;
const NOT_ASCII = 70;
const FAIL = 71;

const NEXT = new Uint8Array(STATES * 256).fill(FAIL);

function on(states: readonly number[], characters: string, next: number): void {
  for (const state of states) for (const character of characters) NEXT[state * 256 + character.charCodeAt(0)] = next;
}

const BEFORE_VALUE = [VALUE, FIRST_VALUE];
const NUMBER_ENDS = [ZERO, DIGITS, FRACTION, EXPONENT_DIGITS];
const SPACE = ' \t\n\r';
for (const state of [...BEFORE_VALUE, FIRST_KEY, KEY, COLON]) on([state], SPACE, state);
on(BEFORE_VALUE, '{', OPEN_OBJECT);
on(BEFORE_VALUE, '[', OPEN_ARRAY);
on(BEFORE_VALUE, '"', STRING);
on(BEFORE_VALUE, '-', MINUS);
on([...BEFORE_VALUE, MINUS], '0', ZERO);
on([...BEFORE_VALUE, MINUS, DIGITS], '123456789', DIGITS);
on([DIGITS], '0', DIGITS);
on([ZERO, DIGITS], '.', POINT);
on([POINT, FRACTION], '0123456789', FRACTION);
on([ZERO, DIGITS, FRACTION], 'eE', BEGIN_EXPONENT);
on([EXPONENT], '+-', EXPONENT_SIGN);
on([EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS], '0123456789', EXPONENT_DIGITS);
on([FIRST_VALUE, AFTER_VALUE, ...NUMBER_ENDS], ']', CLOSE_ARRAY);
on([FIRST_KEY, AFTER_VALUE, ...NUMBER_ENDS], '}', CLOSE_OBJECT);
on([AFTER_VALUE, ...NUMBER_ENDS], ',', COMMA);
on([AFTER_VALUE, ...NUMBER_ENDS], SPACE, AFTER_VALUE);
on([FIRST_KEY, KEY], '"', KEY_STRING);
on([COLON], ':', VALUE);
for (const [word, first] of [
  ['true', TRUE],
  ['false', FALSE],
  ['null', NULL],
] as const) {
  on(BEFORE_VALUE, word[0], first);
  for (let i = 1; i < word.length; i++) on([first + i - 1], word[i], i === word.length - 1 ? AFTER_VALUE : first + i);
}
for (const [string, after] of [
  [STRING, AFTER_VALUE],
  [KEY_STRING, COLON],
] as const) {
  const escaped = string + 1;
  NEXT.fill(string, string * 256 + 32, string * 256 + 128);
  // The state is known all the same: both kinds of strings go on as they are.
  NEXT.fill(NOT_ASCII, string * 256 + 128, string * 256 + 256);
  on([string], '"', after);
  on([string], '\\', escaped);
  on([escaped], '"\\/bfnrt', string);
  on([escaped], 'u', escaped + 1);
  for (let i = 1; i <= 4; i++) on([escaped + i], '0123456789abcdefABCDEF', i === 4 ? string : escaped + i + 1);
}

/** 0 for bytes that are no JSON document, 1 for one in ASCII, 2 for one with other bytes, which may not be UTF-8. */
export function scanJson(bytes: Uint8Array, start: number, end: number): 0 | 1 | 2 {
  let state = VALUE;
  let depth = 0;
  let hasExponent = false;
  let isAscii = true;
  for (let at = start; at < end; at++) {
    const next = NEXT[(state << 8) | bytes[at]];
    if (next === state) {
      // Runs of digits or characters: as the row stays, no load waits for the one before it.
      const row = state << 8;
      while (at + 1 < end && NEXT[row | bytes[at + 1]] === next) at++;
    } else if (next < STATES) state = next;
    else if (next === NOT_ASCII) isAscii = false;
    else if (next === COMMA) {
      if (depth === 0) return 0;
      state = STACK[depth - 1] === 1 ? KEY : VALUE;
    } else if (next <= OPEN_ARRAY) {
      if (depth === MAX_DEPTH) return 0;
      const isObject = next === OPEN_OBJECT;
      STACK[depth++] = isObject ? 1 : 0;
      state = isObject ? FIRST_KEY : FIRST_VALUE;
    } else if (next <= CLOSE_ARRAY) {
      if (depth === 0 || STACK[--depth] !== (next === CLOSE_OBJECT ? 1 : 0)) return 0;
      state = AFTER_VALUE;
    } else if (next === BEGIN_EXPONENT) {
      hasExponent = true;
      state = EXPONENT;
    } else return 0;
  }
  const isComplete =
    depth === 0 && (state === AFTER_VALUE || state === ZERO || state === DIGITS || state === FRACTION || state === EXPONENT_DIGITS);
  if (!isComplete || (hasExponent && hasTooLargeNumber(bytes, start, end))) return 0;
  return isAscii ? 1 : 2;
}

/** Whether a valid document has a number with exponent beyond a double: Go's reader fails on 1e400, though not on 400 digits. */
function hasTooLargeNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let isInString = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (isInString && byte === 92) at++;
    else if (byte === 34) isInString = !isInString;
    else if (!isInString && byte >= 48 && byte <= 57) {
      let hasExponent = false;
      const first = at;
      while (at + 1 < end && isNumberByte(bytes[at + 1])) if ((bytes[++at] | 32) === 101) hasExponent = true;
      if (hasExponent && !Number.isFinite(Number(decodeText(bytes, first, at + 1)))) return true;
    }
  }
  return false;
}

/** `+`, `-`, `.`, digits, `E` and `e`. */
function isNumberByte(byte: number): boolean {
  return byte === 43 || byte === 45 || byte === 46 || (byte >= 48 && byte <= 57) || byte === 69 || byte === 101;
}
