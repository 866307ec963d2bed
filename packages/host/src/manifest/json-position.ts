/** Where a text stops being JSON; line and column count from 1. */
export interface JsonFailure {
  readonly line: number;
  readonly column: number;
  /** The reason, without position. */
  readonly detail: string;
}

/**
 * Says where and why a text is not JSON.
 *
 * JSON.parse names the position in some of its messages only. The first bad character ends the shortest
 * prefix that fails before its own end, and prefixes are found by halving.
 */
export function locateJsonFailure(text: string): JsonFailure {
  let low = 0;
  let high = text.length + 1;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (failsInside(text.slice(0, middle))) high = middle;
    else low = middle;
  }
  const offset = high > text.length ? text.length : high - 1;
  const before = text.slice(0, offset);
  return {
    line: before.split('\n').length,
    column: offset - (before.lastIndexOf('\n') + 1) + 1,
    detail: offset >= text.length ? 'the text ends too early' : reason(text, offset),
  };
}

/** True when the text has a wrong character, false when it is right or only incomplete. */
function failsInside(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position === undefined ? !message.startsWith('Unexpected end') : Number(position) < text.length;
  }
}

function reason(text: string, offset: number): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const end = message.search(/ in JSON at position| after JSON at position/);
    if (end > 0 && message.includes(`at position ${offset} `)) return message.slice(0, end);
  }
  return `unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0))}`;
}
