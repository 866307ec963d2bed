import { type ExactJson, ExactNumber, isObject, joinPointer } from './exact-json.ts';

/** One place where two responses differ; undefined where one side has nothing. */
export interface Difference {
  readonly pointer: string;
  readonly expected: ExactJson | undefined;
  readonly actual: ExactJson | undefined;
}

/**
 * Lists where two recorded responses differ.
 *
 * @param volatile pointers below which only the kind of value is compared; `*` stands for any one step
 */
export function differencesOf(expected: ExactJson, actual: ExactJson, volatile: readonly string[] = []): Difference[] {
  const found: Difference[] = [];
  const patterns = volatile.map((pointer) => pointer.split('/'));
  walk('', expected, actual);
  return found;

  function walk(pointer: string, a: ExactJson | undefined, b: ExactJson | undefined): void {
    const differ = (left: ExactJson | undefined = a) => found.push({ pointer, expected: left, actual: b });
    if (isVolatile(pointer)) {
      if (kindOf(a) !== kindOf(b) && a !== null && b !== null) differ(`(any ${kindOf(a)})`);
    } else if (kindOf(a) !== kindOf(b)) differ();
    else if (a instanceof ExactNumber && b instanceof ExactNumber) {
      if (!isSameNumber(a.text, b.text)) differ();
    } else if (Array.isArray(a) && Array.isArray(b)) walkLists(pointer, a, b);
    else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) walkMember(joinPointer(pointer, key), a[key], b[key]);
    } else if (a !== b) differ();
  }

  function walkLists(pointer: string, a: ExactJson[], b: ExactJson[]): void {
    if (a.length !== b.length) {
      const [expected, actual] = [a, b].map((list) => new ExactNumber(String(list.length)));
      found.push({ pointer: joinPointer(pointer, 'length'), expected, actual });
    }
    for (let i = 0; i < Math.min(a.length, b.length); i++) walk(joinPointer(pointer, i), a[i], b[i]);
  }

  function walkMember(pointer: string, a: ExactJson | undefined, b: ExactJson | undefined): void {
    if (a !== undefined && b !== undefined) walk(pointer, a, b);
    else if (a !== b && !isVolatile(pointer)) found.push({ pointer, expected: a, actual: b });
  }

  function isVolatile(pointer: string): boolean {
    if (patterns.length === 0) return false;
    const path = pointer.split('/');
    return patterns.some((pattern) => pattern.length === path.length && pattern.every((step, i) => step === '*' || step === path[i]));
  }
}

function kindOf(value: ExactJson | undefined): string {
  if (value instanceof ExactNumber) return 'number';
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

/** 1e+21 and 1e21 are the same; two whole numbers are the same only digit by digit. */
function isSameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  if (Number(a) !== Number(b)) return false;
  return !(/^-?\d+$/.test(a) && /^-?\d+$/.test(b));
}
