/**
 * The text of one value inside of JSON, with its blanks as they are written; undefined when there is none at this place.
 *
 * @param text valid JSON
 */
export function sliceJson(text: string, path: readonly (string | number)[]): string | undefined {
  let at = skipSpace(text, 0);
  for (const step of path) {
    const found = typeof step === 'number' ? findItem(text, at, step) : findMember(text, at, step);
    if (found === undefined) return undefined;
    at = found;
  }
  return text.slice(at, endOfValue(text, at));
}

function findItem(text: string, list: number, index: number): number | undefined {
  if (text[list] !== '[') return undefined;
  let at = skipSpace(text, list + 1);
  for (let item = 0; text[at] !== ']'; item++) {
    if (item === index) return at;
    at = nextStart(text, endOfValue(text, at));
  }
  return undefined;
}

/** The last of several members of one name counts, as in JSON.parse. */
function findMember(text: string, object: number, name: string): number | undefined {
  if (text[object] !== '{') return undefined;
  let found: number | undefined;
  let at = skipSpace(text, object + 1);
  while (text[at] === '"') {
    const end = endOfValue(text, at);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (JSON.parse(text.slice(at, end)) === name) found = value;
    at = nextStart(text, endOfValue(text, value));
  }
  return found;
}

/** Behind a comma, or at the closing bracket. */
function nextStart(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  const pattern = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]|[^\s,:"[\]{}]+|[\s,:]+/gy;
  pattern.lastIndex = start;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const [token] = found;
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth === 0) return pattern.lastIndex;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  return at;
}
