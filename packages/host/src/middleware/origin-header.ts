import type { CallOrigin } from '../client/index.ts';

/** The first value of a header of the request behind a call, its name in small letters; empty when it has none. */
export function originHeader({ headers }: CallOrigin, name: Lowercase<string>): string {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
