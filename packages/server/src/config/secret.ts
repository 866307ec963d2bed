import { inspect } from 'node:util';

const placeholder = '[secret]';

/** A text that prints as `[secret]` wherever it ends up: logs, JSON, templates, inspection. Only `open` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The text itself. Call it only where the secret is used. */
  open(): string {
    return this.#value;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}
