import { FrameError } from '../model/index.ts';

/** Reads JSON text piece by piece, without building what nobody asked for and without losing digits. */
export class JsonCursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next character that is no space, '' at the end; it is not consumed. */
  peek(): string {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
    return this.text.charAt(this.at);
  }

  /** Consumes one expected character. */
  expect(character: string): void {
    if (this.peek() !== character) throw this.error(`expected ${JSON.stringify(character)}`);
    this.at++;
  }

  /** Calls back for each key of an object; the callback consumes the value. */
  readObject(onKey: (key: string) => void): void {
    this.#readList('{', '}', () => {
      const key = this.readString();
      this.expect(':');
      onKey(key);
    });
  }

  /** Calls back for each element of an array; the callback consumes it. */
  readArray(onElement: (index: number) => void): void {
    this.#readList('[', ']', onElement);
  }

  readString(): string {
    if (this.peek() !== '"') throw this.error('expected a string');
    const start = this.at;
    const end = this.#stringEnd();
    const raw = this.text.slice(start + 1, end - 1);
    return raw.includes('\\') ? (this.parse(start, end) as string) : raw;
  }

  /** The text of a number, true, false or null. */
  readWord(): string {
    this.peek();
    const start = this.at;
    while (isWord(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === start) throw this.error('expected a value');
    return this.text.slice(start, this.at);
  }

  /** Passes over one value and returns where it lies. Values that nobody reads are only matched bracket by bracket. */
  skipValue(): { start: number; end: number } {
    const first = this.peek();
    const start = this.at;
    if (first === '"') this.#stringEnd();
    else if (first === '{' || first === '[') this.#skipNested();
    else this.readWord();
    return { start, end: this.at };
  }

  /** Parses a stretch of the text with the engine's own parser. */
  parse(start: number, end: number): unknown {
    try {
      return JSON.parse(this.text.slice(start, end));
    } catch (cause) {
      throw new FrameError('json_syntax', { reason: `${(cause as Error).message} (in the value at character ${start})` }, { cause });
    }
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.peek() !== '') throw this.error('expected the end');
  }

  error(expected: string): FrameError {
    const seen = this.at < this.text.length ? JSON.stringify(this.text.slice(this.at, this.at + 20)) : 'the end';
    return new FrameError('json_syntax', { reason: `${expected} at character ${this.at}, not ${seen}` });
  }

  #readList(open: string, close: string, onItem: (index: number) => void): void {
    this.expect(open);
    if (this.peek() === close) {
      this.at++;
      return;
    }
    for (let index = 0; ; index++) {
      onItem(index);
      if (this.peek() === close) break;
      this.expect(',');
    }
    this.at++;
  }

  /** Consumes a string and returns the position behind its closing quote. */
  #stringEnd(): number {
    const { text } = this;
    for (let quote = text.indexOf('"', this.at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
      let backslashes = 0;
      while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++;
      if (backslashes % 2 === 1) continue;
      this.at = quote + 1;
      return this.at;
    }
    throw this.error('expected a closing quote of the string');
  }

  #skipNested(): void {
    let depth = 0;
    do {
      const character = this.peek();
      if (character === '') throw this.error('expected a closing bracket');
      if (character === '"') this.#stringEnd();
      else {
        if (character === '{' || character === '[') depth++;
        else if (character === '}' || character === ']') depth--;
        this.at++;
      }
    } while (depth > 0);
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Whether a character can be part of a number, true, false or null. */
function isWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || code === 45 || code === 43 || code === 46 || (code >= 65 && code <= 90)
  );
}
