import { hopByHopHeaders } from '@backplane/host';
import { ServerError } from '../errors/index.ts';

/** A request as it goes out. */
export interface Upstream {
  readonly method: string;
  readonly scheme: string;
  /** Host name and port as the URL has them. */
  readonly host: string;
  /** Path and query, as they stand in the request line. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Where a URL leads, its path as it is written. User and password in it are not used, nor are query and fragment. */
export interface Target {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
}

/** Takes a URL apart without changing its path; a missing scheme is `http`. Undefined when it has no such shape. */
export function parseTarget(text: string): Target | undefined {
  const url = /^[^:]*:\/\//.test(text) ? text : `http://${text}`;
  const found = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/.exec(url);
  if (found === null) return undefined;
  const [, scheme = '', authority = '', path = ''] = found;
  return { scheme: scheme.toLowerCase(), host: authority.slice(authority.lastIndexOf('@') + 1), path };
}

/** Headers by name, in any case of letters; each has one value or several. */
export class HeaderSet {
  readonly #values = new Map<string, { readonly name: string; readonly values: string[] }>();

  static fromEntries(entries: Iterable<readonly [string, readonly string[]]>): HeaderSet {
    const out = new HeaderSet();
    for (const [name, values] of entries) for (const value of values) out.add(name, value);
    return out;
  }

  get(name: string): string {
    return this.#values.get(name.toLowerCase())?.values[0] ?? '';
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), { name, values: [checked(name, value)] });
  }

  add(name: string, value: string): void {
    const known = this.#values.get(name.toLowerCase());
    if (known === undefined) this.set(name, value);
    else known.values.push(checked(name, value));
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  entries(): [name: string, value: string][] {
    return [...this.#values.values()].flatMap(({ name, values }) => values.map((value): [string, string] => [name, value]));
  }
}

/** A setting must not be able to end a header and begin another. */
function checked(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these end a header
  if (/^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(name) && !/[\u0000\r\n]/.test(value)) return Buffer.from(value).toString('latin1');
  throw new ServerError('proxy_header_invalid', { detail: `a header of a proxied request is none: ${JSON.stringify(name)}` });
}

/** Names, in small letters, that belong to one connection alone (RFC 9110, 7.6.1): the known ones, and those that `Connection` names. */
export function hopByHopNames(headers: readonly (readonly [name: string, value: string])[]): ReadonlySet<string> {
  const named = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase()));
  return new Set([...named, ...hopByHopHeaders]);
}
