import type { HeaderFields } from './hpack/index.ts';

/** What a header block may hold: pseudo-headers with a bit each, and the bits that must be there. */
interface BlockKind {
  readonly pseudo: ReadonlyMap<string, number>;
  readonly required: number;
}

/** RFC 9113 section 8.3.1. */
export const REQUEST_HEAD: BlockKind = {
  pseudo: new Map([
    [':path', 1],
    [':method', 2],
    [':scheme', 4],
    [':authority', 8],
  ]),
  required: 7,
};
/** RFC 9113 section 8.3.2. */
export const RESPONSE_HEAD: BlockKind = { pseudo: new Map([[':status', 1]]), required: 1 };
/** RFC 9113 section 8.1: no pseudo-headers. */
export const TRAILERS: BlockKind = { pseudo: new Map(), required: 0 };

/**
 * Checks fields by RFC 9113 section 8.2.2 and 8.3. What single octets may be, the HPACK decoder has looked at.
 *
 * @returns the declared content-length, or -1 without one, or undefined when the block is malformed
 */
export function checkFields(fields: HeaderFields, { pseudo, required }: BlockKind): number | undefined {
  let seen = 0;
  let regular = false;
  let expectedBytes = -1;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    const value = fields[i + 1];
    if (name.charCodeAt(0) === 0x3a) {
      const bit = pseudo.get(name) ?? 0;
      if (bit === 0 || (seen & bit) !== 0 || regular || !isPseudoValue(name, value)) return undefined;
      seen |= bit;
      continue;
    }
    regular = true;
    switch (name) {
      case 'te':
        if (value !== 'trailers') return undefined;
        break;
      case 'content-length':
        if (!/^\d{1,15}$/.test(value)) return undefined;
        expectedBytes = Number(value);
        break;
      case 'connection':
      case 'keep-alive':
      case 'proxy-connection':
      case 'transfer-encoding':
      case 'upgrade':
        return undefined;
    }
  }
  return (seen & required) === required ? expectedBytes : undefined;
}

function isPseudoValue(name: string, value: string): boolean {
  if (name === ':status') return value === '200' || /^\d{3}$/.test(value);
  return name !== ':path' || value !== '';
}
