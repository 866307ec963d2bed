import type { CallOrigin } from '../client/index.ts';

/** The first value of a header of the request behind a call; empty when it has none. */
export function originHeader({ headers }: CallOrigin, name: string): string {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
