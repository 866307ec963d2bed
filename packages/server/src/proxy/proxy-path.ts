/** One path after another with one slash between them; without a second, the first as it is (Grafana `util.JoinURLFragments`). */
export function joinPaths(first: string, second: string): string {
  if (second === '') return first;
  const [isLeft, isRight] = [first.endsWith('/'), second.startsWith('/')];
  if (isLeft && isRight) return first + second.slice(1);
  return isLeft || isRight ? first + second : `${first}/${second}`;
}

/** Without dots, doubled slashes and slashes at its ends, as Go's `path.Clean` makes it; empty for the root. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') kept.pop();
    else kept.push(part);
  }
  return kept.join('/');
}

/**
 * What the most obliging server may take a path for: escapes decoded until none is left, backslashes as slashes,
 * parameters behind semicolons gone, dots followed, letters small. Undefined when it is escaped too often to tell.
 */
export function boldestReading(path: string): string | undefined {
  const parts = plainParts(path);
  return parts === undefined ? undefined : cleanPath(parts.join('/')).toLowerCase();
}

/** Whether dots, in any spelling, lead above the start of a path. */
export function climbsOut(path: string): boolean {
  let depth = 0;
  for (const part of plainParts(path) ?? ['..']) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

function plainParts(path: string): string[] | undefined {
  return decodeFully(path)
    ?.replaceAll('\\', '/')
    .split('/')
    .map((part) => part.split(';', 1)[0] ?? '');
}

// Nobody decodes so often, and a path of escaped percent signs would take a round for each of them.
const maxRounds = 8;

function decodeFully(path: string): string | undefined {
  let text = path;
  for (let round = 0; round < maxRounds; round++) {
    const decoded = decodeOnce(text);
    if (decoded === text) return text;
    text = decoded;
  }
  return undefined;
}

function decodeOnce(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Decodes escapes once, as Go's `url.PathUnescape`; undefined when one cannot be decoded. */
export function decodePath(path: string): string | undefined {
  return /%(?![0-9a-fA-F]{2})/.test(path) ? undefined : Buffer.from(decodeOnce(path), 'latin1').toString('utf8');
}

/** A path as it may stand in a request line: what is not printable ASCII is escaped, everything else stays. */
export function toRequestPath(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, (odd) =>
    [...Buffer.from(odd)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
