import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { sniffContentType } from '../resources/index.ts';
import { hopByHopNames } from './upstream.ts';

/** What goes back to the client. Destroying the body ends the request to the other side. */
export interface ProxyAnswer {
  readonly status: number;
  /** Values have one character per byte, as Node reads and writes them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Readable | Uint8Array;
}

export interface AnswerOptions {
  readonly method: string;
  /** We asked for gzip, the client did not. */
  readonly unzips: boolean;
  /** The other side may say how long its answer can be kept. */
  readonly keepsCaching: boolean;
}

const dropped = new Set([
  'alt-svc',
  'close',
  'server',
  'set-cookie',
  'strict-transport-security',
  'content-security-policy',
  'x-frame-options',
  'x-xss-protection',
  'x-content-type-options',
  'via',
]);
const caching = new Set(['cache-control', 'pragma', 'expires']);

/**
 * The answer for the client: without what belongs to the connection, without cookies, in a sandbox, and saying that it
 * came through here (Grafana `pkg/util/proxyutil/reverse_proxy.go`).
 */
export async function toProxyAnswer(answer: IncomingMessage, { method, unzips, keepsCaching }: AnswerOptions): Promise<ProxyAnswer> {
  const all = pairs(answer.rawHeaders);
  const isZipped = unzips && answer.headers['content-encoding']?.toLowerCase() === 'gzip';
  const hop = hopByHopNames(all);
  const headers = all.filter(([name]) => {
    const small = name.toLowerCase();
    if (isZipped && (small === 'content-encoding' || small === 'content-length')) return false;
    return !hop.has(small) && !dropped.has(small) && (keepsCaching || !caching.has(small));
  });
  const before = answer.headers.via;
  headers.push(
    ['Content-Security-Policy', 'sandbox'],
    ['Via', `${answer.httpVersion} grafana${before === undefined ? '' : `, ${before}`}`],
  );
  const status = answer.statusCode ?? 502;
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const body: Readable = isZipped && hasBody ? unzip(answer) : answer;
  if (hasBody && answer.headers['content-type'] === undefined && answer.headers['content-encoding'] === undefined) {
    const first = await firstPart(body);
    if (first !== undefined) headers.push(['Content-Type', sniffContentType(first)]);
  }
  return { status, headers, body: hasBody ? body : new Uint8Array() };
}

/** What a client reads when the other side did not take the credentials: that is not the client's own sign-in. */
export function credentialsRefused(): ProxyAnswer {
  const headers = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Security-Policy', 'sandbox'],
    ['Via', '0.0 grafana'],
  ] as const;
  return { status: 400, headers, body: Buffer.from('Authentication to data source failed') };
}

function unzip(answer: IncomingMessage): Readable {
  const out = createGunzip();
  answer.once('error', (error) => out.destroy(error));
  answer.once('aborted', () => out.destroy(new Error('the other side broke off')));
  out.once('close', () => answer.destroy());
  return answer.pipe(out);
}

/** The first part, which is put back; undefined when there is none. */
async function firstPart(body: Readable): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['readable', 'end', 'error', 'close'] as const;
  for (const event of events) body.once(event, resolve);
  await promise;
  for (const event of events) body.off(event, resolve);
  const part = body.read() as Buffer | null;
  if (part === null) return undefined;
  body.unshift(part);
  return part;
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index): [string, string] => [raw[index * 2] as string, raw[index * 2 + 1] as string]);
}
