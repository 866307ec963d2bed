import { posix } from 'node:path';
import type { SignatureType } from './types.ts';

/** No address is longer, nor is what stands for some. */
const maxUrlLength = 2_048;

/**
 * True when a plugin that is signed for some addresses may run at this one. Scheme, host and cleaned path must be the
 * same; `private-glob` also takes `*` for part of a name between dots and slashes, `**` for any text, and `?` for one
 * character.
 */
export function matchesRootUrl(rootUrls: readonly string[], rootUrl: string, type: SignatureType): boolean {
  const target = normalise(rootUrl);
  const plausible = rootUrls.filter(({ length }) => length <= maxUrlLength);
  return plausible.some((allowed) => normalise(allowed) === target || (type === 'private-glob' && matchesGlob(allowed, target)));
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

/**
 * Walks all ways through the glob at once, in time of both lengths multiplied: a regular expression with many stars would
 * take for ever, and globs are read of plugins that nobody has vouched for yet.
 */
function matchesGlob(glob: string, text: string): boolean {
  const steps = withoutSlash(glob).match(/\*\*|./gs) ?? [];
  const isStar = (step: string | undefined) => step === '*' || step === '**';
  let reached = steps.map(() => false).concat(false);
  /** A star may stand for nothing. */
  const reach = (into: boolean[], index: number) => {
    for (let at = index; ; at++) {
      into[at] = true;
      if (!isStar(steps[at])) return;
    }
  };
  reach(reached, 0);
  for (const character of text) {
    const isSeparator = character === '.' || character === '/';
    const next = reached.map(() => false);
    for (const [index, step] of steps.entries()) {
      if (!reached[index]) continue;
      if (step === '**' || (step === '*' && !isSeparator)) reach(next, index);
      else if (step === character || (step === '?' && !isSeparator)) reach(next, index + 1);
    }
    reached = next;
  }
  return reached[steps.length] === true;
}
