/**
 * JSON that keeps numbers as they were written. `JSON.parse` turns 9007199254740993 into …992
 * and forgets whether a server wrote 1e+21 or 1e21; a recording must not.
 */

/** A number with its exact spelling. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What `parseExact` returns. */
export type ExactJson = ExactNumber | string | boolean | null | ExactJson[] | ExactObject;
/** A JSON object; keys may be absent. */
export interface ExactObject {
  [key: string]: ExactJson | undefined;
}

/** Parses JSON text. @throws SyntaxError naming the position */
export function parseExact(text: string): ExactJson {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** Writes on one line what `parseExact` reads; absent values of an object are left out. */
export function formatExact(value: ExactJson | undefined): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(formatExact).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${formatExact(item)}`).join(',')}}`;
}

/** The value as ordinary JavaScript, numbers rounded to doubles. */
export function toPlain(value: ExactJson): unknown {
  return JSON.parse(formatExact(value));
}

/** True for a JSON object, false for lists, numbers and the rest. */
export function isObject(value: ExactJson | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** The value at a JSON pointer, or undefined. */
export function valueAt(root: ExactJson | undefined, pointer: string): ExactJson | undefined {
  let value = root;
  for (const step of stepsOf(pointer)) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isObject(value)) value = value[step];
    else return undefined;
  }
  return value;
}

/** Replaces the value at a JSON pointer; does nothing when there is none. */
export function replaceAt(root: ExactJson, pointer: string, value: ExactJson): void {
  const path = stepsOf(pointer);
  const last = path.pop();
  const parent = valueAt(root, path.map((step) => `/${escapeStep(step)}`).join(''));
  if (last === undefined) return;
  if (Array.isArray(parent) && Number(last) in parent) parent[Number(last)] = value;
  else if (isObject(parent) && last in parent) parent[last] = value;
}

/** The pointer to a member of the value at `pointer`. */
export function joinPointer(pointer: string, step: string | number): string {
  return `${pointer}/${escapeStep(String(step))}`;
}

const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');

function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): ExactJson {
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#list();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.#fail('text after the value');
  }

  #object(): ExactObject {
    const out: ExactObject = {};
    this.#at++;
    if (this.#closes('}')) return out;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') this.#fail('expected a key');
      const key = this.#string();
      this.#skipSpace();
      this.#word(':', undefined);
      // `__proto__` is a key like any other here.
      Object.defineProperty(out, key, { value: this.value(), enumerable: true, configurable: true, writable: true });
      if (this.#closes('}')) return out;
      this.#word(',', undefined);
    }
  }

  #list(): ExactJson[] {
    const out: ExactJson[] = [];
    this.#at++;
    if (this.#closes(']')) return out;
    for (;;) {
      out.push(this.value());
      if (this.#closes(']')) return out;
      this.#word(',', undefined);
    }
  }

  #closes(bracket: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #string(): string {
    const from = this.#at++;
    while (this.#text[this.#at] !== '"') {
      if (this.#at >= this.#text.length) this.#fail('open string');
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at++;
    return JSON.parse(this.#text.slice(from, this.#at));
  }

  #number(): ExactNumber {
    const number = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    number.lastIndex = this.#at;
    const found = number.exec(this.#text);
    if (!found) return this.#fail('unexpected character');
    this.#at += found[0].length;
    return new ExactNumber(found[0]);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`expected ${word}`);
    this.#at += word.length;
    return value;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at ${this.#at}`);
  }
}
