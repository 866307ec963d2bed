import { JsonNumber, type JsonObject, type JsonValue } from './value.ts';

export interface ParseJsonOptions {
  /** Deeper nesting is an error; 1000 by default. */
  readonly maxDepth?: number | undefined;
  /** More values, in objects and lists together, are an error; 250 000 by default, which take a tenth of a second, and half of one as keys. */
  readonly maxValues?: number | undefined;
  /** Stop after the first value and ignore what follows, as Go's decoder does. */
  readonly ignoreTrailing?: boolean | undefined;
}

/**
 * Reads JSON and keeps numbers as they are written.
 *
 * @throws SyntaxError with the offset of what was wrong
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): JsonValue {
  const reader = new Reader(text, options);
  const value = reader.value(0);
  reader.space();
  if (!reader.atEnd && options.ignoreTrailing !== true) reader.fail('text after the value');
  return value;
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings
const needsCare = /[\\\u0000-\u001f]/;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  #values = 0;
  #at = 0;

  constructor(text: string, { maxDepth = 1000, maxValues = 250_000 }: ParseJsonOptions) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#maxValues = maxValues;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  value(depth: number): JsonValue {
    if (depth > this.#maxDepth) this.fail(`nesting deeper than ${this.#maxDepth}`);
    // Nothing else runs meanwhile: megabytes of text cost little, millions of values seconds.
    if (++this.#values > this.#maxValues) this.fail(`more than ${this.#maxValues} values`);
    this.space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
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

  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  fail(what: string): never {
    throw new SyntaxError(`${what} at offset ${this.#at}`);
  }

  #object(depth: number): JsonObject {
    const out: Record<string, JsonValue> = Object.create(null);
    this.#at++;
    if (this.#closes('}')) return out;
    for (;;) {
      this.space();
      if (this.#text[this.#at] !== '"') this.fail('expected a key');
      const key = this.#string();
      this.space();
      if (this.#text[this.#at] !== ':') this.fail('expected a colon');
      this.#at++;
      out[key] = this.value(depth + 1);
      if (this.#closes('}')) return out;
      this.#comma();
    }
  }

  #list(depth: number): JsonValue[] {
    const out: JsonValue[] = [];
    this.#at++;
    if (this.#closes(']')) return out;
    for (;;) {
      out.push(this.value(depth + 1));
      if (this.#closes(']')) return out;
      this.#comma();
    }
  }

  #closes(bracket: '}' | ']'): boolean {
    this.space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #comma(): void {
    if (this.#text[this.#at] !== ',') this.fail('expected a comma');
    this.#at++;
  }

  #string(): string {
    const end = this.#endOfString();
    const inner = this.#text.slice(this.#at + 1, end);
    try {
      // Most strings have nothing to decode.
      const value = needsCare.test(inner) ? (JSON.parse(`"${inner}"`) as string) : inner;
      this.#at = end + 1;
      return value;
    } catch {
      this.fail('bad string');
    }
  }

  /** Where the quote stands that ends the string: the next one with an even number of backslashes before it. */
  #endOfString(): number {
    for (let from = this.#at + 1; ; ) {
      const end = this.#text.indexOf('"', from);
      if (end < 0) this.fail('a string that does not end');
      let slashes = 0;
      while (this.#text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
      if (slashes % 2 === 0) return end;
      from = end + 1;
    }
  }

  #number(): JsonNumber {
    const found = this.#match(numberPattern);
    if (found === undefined) this.fail(this.atEnd ? 'unexpected end' : 'unexpected character');
    return new JsonNumber(found);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.fail('unexpected word');
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
