/** Control and format characters as escapes, so that data cannot move the cursor or colour the terminal. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code === 10 ? '\\n' : code === 9 ? '\\t' : `\\u{${code.toString(16)}}`;
  });
}

/** Columns of a terminal that printable text takes: two for wide characters, none for combining marks. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text, shortened to a number of columns with an ellipsis at its end. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** The text with blanks up to a number of columns, behind it or before it. */
export function pad(text: string, columns: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return right ? blanks + text : text + blanks;
}

const PLAIN = /^[ -~]*$/;
const ZERO_WIDTH = /[\p{Mn}\p{Me}]/u;
const EMOJI = /\p{Emoji_Presentation}/u;

/** First and last code points of characters that East Asian typography draws two columns wide (Unicode, EastAsianWidth). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return EMOJI.test(character) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
