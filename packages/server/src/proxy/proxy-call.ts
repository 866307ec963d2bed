import type { Readable } from 'node:stream';
import type { Identity } from '../auth/index.ts';
import type { IncomingHeaders } from '../plugins/index.ts';
import { resourceHeaders } from '../resources/index.ts';
import { HeaderSet, hopByHopNames } from './upstream.ts';

/** A client's request that is to be passed on. */
export interface ProxyCall {
  readonly identity: Identity;
  readonly method: string;
  /** The path behind the data source or app, as it was sent. */
  readonly rawTail: string;
  readonly rawQuery: string;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHeaders;
  readonly peerAddress: string;
  /** W3C `traceparent` of the span that it belongs to; without one what the client sent goes on. */
  readonly traceparent?: string | undefined;
  /** Undefined for a request without a body. */
  readonly body: Readable | undefined;
  readonly signal: AbortSignal;
}

/**
 * Headers of a client for the other side: without what belongs to the connection, without how the client signed in and
 * without who it says it is; with its address, twice, as Grafana's two proxies in a row write it.
 */
export function forwardedHeaders(call: ProxyCall): HeaderSet {
  const headers = HeaderSet.fromEntries(Object.entries(resourceHeaders(call)));
  for (const name of hopByHopNames(headers.entries())) headers.delete(name);
  for (const name of ['Authorization', 'X-Grafana-Device-Id', 'X-Grafana-User', 'X-Grafana-Context', 'Expect']) headers.delete(name);
  headers.set('X-Forwarded-For', `${headers.get('X-Forwarded-For')}, ${call.peerAddress}`);
  if (call.traceparent !== undefined) headers.set('Traceparent', call.traceparent);
  if (call.headers['transfer-encoding'] !== undefined) headers.set('Transfer-Encoding', 'chunked');
  return headers;
}

/** Asks for gzip on behalf of a client that did not. @returns whether it did */
export function askForGzip(headers: HeaderSet, method: string): boolean {
  if (method === 'HEAD' || headers.has('Accept-Encoding') || headers.has('Range')) return false;
  headers.set('Accept-Encoding', 'gzip');
  return true;
}

/** Lets a body of its own take the place of the client's. */
export function replaceBody(headers: HeaderSet, body: Uint8Array): void {
  headers.delete('Transfer-Encoding');
  headers.set('Content-Length', String(body.length));
}

/** The value of `Authorization` for a name and a password. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
