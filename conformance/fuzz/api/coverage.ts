import type { Description } from './description.ts';

/** Which operations of a description were asked for, and which of them did what they are for. */
export class Coverage {
  readonly #operations: readonly { readonly name: string; readonly method: string; readonly path: RegExp; readonly parameters: number }[];
  readonly #asked = new Set<string>();
  readonly #done = new Set<string>();

  constructor({ paths }: Description) {
    this.#operations = Object.entries(paths)
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({
          name: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path: new RegExp(`^${path.replace(/\{rest\}/g, '.*').replace(/\{\w+\}/g, '[^/]+')}/?$`),
          parameters: path.split('{').length,
        })),
      )
      // A path without parameters is nearer than one with them.
      .sort((a, b) => a.parameters - b.parameters);
  }

  note(method: string, url: string, status: number): void {
    const path = url.split('?')[0] ?? '';
    const found = this.#operations.find((one) => one.method === method && one.path.test(path));
    if (found === undefined) return;
    this.#asked.add(found.name);
    if (status >= 200 && status < 300) this.#done.add(found.name);
  }

  get figures(): { readonly described: number; readonly asked: number; readonly done: number; readonly never: readonly string[] } {
    const never = this.#operations.map(({ name }) => name).filter((name) => !this.#done.has(name));
    return { described: this.#operations.length, asked: this.#asked.size, done: this.#done.size, never };
  }
}
