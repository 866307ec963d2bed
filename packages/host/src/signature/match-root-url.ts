import { posix } from 'node:path';
import type { SignatureType } from './types.ts';

/**
 * True when a plugin that is signed for some addresses may run at this one. Scheme, host and cleaned path must be the
 * same; `private-glob` also takes `*` for part of a name between dots and slashes, `**` for any text, and `?` for one
 * character.
 */
export function matchesRootUrl(rootUrls: readonly string[], rootUrl: string, type: SignatureType): boolean {
  const target = normalise(rootUrl);
  return rootUrls.some((allowed) => normalise(allowed) === target || (type === 'private-glob' && globToRegExp(allowed).test(target)));
}

/** Scheme, host with port, and path without a slash at its end; the text itself when it is no address. */
function normalise(text: string): string {
  if (!URL.canParse(text)) return withoutSlash(text);
  const { protocol, host, pathname, search } = new URL(text);
  return withoutSlash(`${protocol}//${host}${posix.normalize(pathname)}`) + search;
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

function globToRegExp(glob: string): RegExp {
  const pattern = withoutSlash(glob).replace(/\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '**') return '.*';
    if (found === '*') return '[^./]*';
    return found === '?' ? '[^./]' : `\\${found}`;
  });
  return new RegExp(`^${pattern}$`);
}
