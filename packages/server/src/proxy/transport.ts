import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ServerError } from '../errors/index.ts';
import type { AddressGuard } from './address-guard.ts';
import type { Upstream } from './upstream.ts';

/** TLS towards one data source. */
export interface UpstreamTls {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly skipVerify: boolean;
  readonly serverName?: string | undefined;
}

export interface TransportOptions {
  /** Until a connection stands, TLS included. */
  readonly dialTimeoutMs: number;
  /** How long a connection without a request is kept. */
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Connections to one host; 0 is no limit. */
  readonly maxConnectionsPerHost: number;
  readonly maxIdleConnections: number;
  /** How long the other side may be silent in the middle of an answer. */
  readonly stallTimeoutMs: number;
  readonly guard?: AddressGuard | undefined;
}

export interface SendOptions {
  /** A connection pool is shared by requests with the same key and TLS. */
  readonly pool: string;
  readonly tls: UpstreamTls;
  /** Until the headers of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Sends requests to whatever is behind data sources and apps; connections are pooled. Redirects are not followed. */
export class Transport implements Disposable {
  readonly #options: TransportOptions;
  readonly #agents = new Map<string, { readonly http: HttpAgent; readonly https: HttpsAgent }>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /**
   * Sends, and resolves with the headers of the answer; leaving its body ends the request.
   *
   * @param body none, bytes, or a stream that is sent as it comes
   * @throws ServerError `proxy_timeout`, `proxy_unreachable`, `proxy_target_denied`, `proxy_cancelled`, `proxy_tls_invalid`
   */
  async send(upstream: Upstream, body: Uint8Array | Readable | undefined, options: SendOptions): Promise<IncomingMessage> {
    const { scheme, host, path, method, headers } = upstream;
    if (host === '' || (scheme !== 'http' && scheme !== 'https'))
      throw new ServerError('proxy_unreachable', { detail: `${scheme}://${host} is no address to send a request to` });
    const { guard } = this.#options;
    const [hostname, port] = splitHost(host);
    guard?.assertHost(hostname);
    const agent = this.#agentsFor(options)[scheme];
    const plainHost = hostname.replace(/^\[|\]$/g, '');
    const outgoing = begin(
      () =>
        (scheme === 'https' ? requestHttps : requestHttp)({
          agent: agent as HttpsAgent,
          host: plainHost,
          port: port ?? (scheme === 'https' ? 443 : 80),
          path,
          method,
          setHost: false,
          signal: options.signal,
          ...(guard !== undefined && { lookup: guard.lookup }),
          ...(scheme === 'https' &&
            (isIP(plainHost) === 0 || options.tls.serverName !== undefined) && { servername: options.tls.serverName ?? plainHost }),
        }),
      options.signal,
    );
    for (const [name, value] of headers) outgoing.appendHeader(name, value);
    // HTTP/1.1 keeps connections without being told; nothing of this hop is for the other side.
    outgoing.removeHeader('Connection');
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const fail = (error: Error) => reject(toProxyError(error, options.signal));
    outgoing.once('error', fail);
    outgoing.once('response', resolve);
    const timers = [after(options.timeoutMs, outgoing, 'no answer')];
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = after(this.#options.dialTimeoutMs, outgoing, 'no connection');
      timers.push(timer);
      socket.once(scheme === 'https' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
    else void pipeline(body, outgoing).catch(fail);
    try {
      const answer = await promise;
      endWhenSilent(answer, this.#options);
      return answer;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    for (const agents of this.#agents.values()) destroy(agents);
    this.#agents.clear();
  }

  #agentsFor({ pool, tls }: SendOptions): { readonly http: HttpAgent; readonly https: HttpsAgent } {
    const known = this.#agents.get(pool);
    if (known !== undefined) return known;
    if (this.#agents.size >= maxPools) {
      const [oldest] = this.#agents;
      if (oldest !== undefined) {
        this.#agents.delete(oldest[0]);
        destroy(oldest[1]);
      }
    }
    const { idleTimeoutMs, keepAliveMs, maxConnectionsPerHost, maxIdleConnections } = this.#options;
    const common = {
      keepAlive: true,
      keepAliveMsecs: keepAliveMs,
      timeout: idleTimeoutMs,
      maxFreeSockets: maxIdleConnections || Number.POSITIVE_INFINITY,
      maxSockets: maxConnectionsPerHost || Number.POSITIVE_INFINITY,
    };
    const { cert, key, ca, skipVerify } = tls;
    const agents = { http: new HttpAgent(common), https: new HttpsAgent({ ...common, cert, key, ca, rejectUnauthorized: !skipVerify }) };
    this.#agents.set(pool, agents);
    return agents;
  }
}

const maxPools = 1000;

// Requests under way keep their connections; the agent only stops keeping them afterwards.
function destroy({ http, https }: { readonly http: HttpAgent; readonly https: HttpsAgent }): void {
  for (const agent of [http, https])
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Node reads certificates when a request is made. */
function begin<T>(work: () => T, signal: AbortSignal): T {
  try {
    return work();
  } catch (error) {
    throw toProxyError(error as Error, signal);
  }
}

/** The connection is used again, so that nothing may stay on it. */
function endWhenSilent(answer: IncomingMessage, { stallTimeoutMs, idleTimeoutMs }: TransportOptions): void {
  const { socket } = answer;
  const onSilence = () => answer.destroy(new Error('the other side stopped in the middle'));
  socket.setTimeout(stallTimeoutMs).on('timeout', onSilence);
  answer.once('close', () => socket.setTimeout(idleTimeoutMs).off('timeout', onSilence));
}

class LateError extends Error {}

function after(ms: number, outgoing: { destroy(error: Error): unknown }, what: string): NodeJS.Timeout {
  return setTimeout(() => outgoing.destroy(new LateError(`${what} within ${ms} ms`)), ms);
}

function toProxyError(error: Error, signal: AbortSignal): ServerError {
  if (error instanceof ServerError) return error;
  const code = signal.aborted
    ? 'proxy_cancelled'
    : error instanceof LateError
      ? 'proxy_timeout'
      : /PEM|key values mismatch|no start line/i.test(error.message)
        ? 'proxy_tls_invalid'
        : 'proxy_unreachable';
  return new ServerError(code, { detail: `a proxied request failed: ${error.message}` }, { cause: error });
}

function splitHost(host: string): [name: string, port: string | undefined] {
  const found = /^(.*?)(?::(\d*))?$/.exec(host.startsWith('[') ? host.slice(host.indexOf(']') + 1) : host);
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (found?.[1] ?? host);
  return [name, found?.[2] || undefined];
}
