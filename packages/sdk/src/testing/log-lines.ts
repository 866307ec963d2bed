import type { LogLine } from './types.ts';

/** Collects log lines, and lets tests wait for one. */
export class LogLines {
  readonly all: LogLine[] = [];
  readonly #waiting = new Set<() => void>();
  #ended: string | undefined;

  /** Takes one line of stderr; what is no log line is kept as its text. */
  add(line: string): void {
    this.all.push(parseLine(line));
    for (const look of this.#waiting) look();
  }

  /** No more lines will come: whoever still waits is told why. */
  end(reason: string): void {
    this.#ended = reason;
    for (const look of this.#waiting) look();
  }

  /** @throws Error when the plugin ended without such a line */
  find(message: string | RegExp): Promise<LogLine> {
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const matches = ({ message: text }: LogLine) => (typeof message === 'string' ? text === message : message.test(text));
    const look = (): void => {
      const found = this.all.find(matches);
      if (found !== undefined) resolve(found);
      else if (this.#ended !== undefined) reject(new Error(`the plugin never logged ${message}: ${this.#ended}`));
      else return;
      this.#waiting.delete(look);
    };
    this.#waiting.add(look);
    look();
    return promise;
  }
}

function parseLine(line: string): LogLine {
  try {
    const { '@level': level, '@message': message, '@timestamp': _, ...fields } = JSON.parse(line);
    if (typeof level === 'string' && typeof message === 'string') return { level, message, fields };
  } catch {
    // Plain text, which a host shows as it is.
  }
  return { level: '', message: line, fields: {} };
}
