import type { IncomingHeaders } from '../plugins/index.ts';

const dropped = new Set(['Host', 'Origin', 'Referer', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Proto']);

export interface ResourceHeadersInput {
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHeaders;
  readonly peerAddress: string;
}

/**
 * Headers of a resource call for the plugin: those of the client without what belongs to this hop, and the address of the
 * client. Credentials, cookies and headers of the connection are the host's to drop.
 */
export function resourceHeaders(input: ResourceHeadersInput): Record<string, string[]> {
  // A client may call a header `__proto__`.
  const out: Record<string, string[]> = Object.create(null);
  for (let index = 0; index + 1 < input.rawHeaders.length; index += 2) {
    const name = canonicalName(input.rawHeaders[index] as string);
    if (dropped.has(name)) continue;
    out[name] ??= [];
    out[name].push(fromLatin1(input.rawHeaders[index + 1] as string));
  }
  const before = (out['X-Forwarded-For'] ?? []).join(', ');
  out['X-Forwarded-For'] = [before === '' ? input.peerAddress : `${before}, ${input.peerAddress}`];
  out['X-Grafana-Referer'] = [fromLatin1(single(input.headers.referer))];
  return { ...out };
}

/** `x-grafana-id` as Go spells it: `X-Grafana-Id`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function fromLatin1(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}
