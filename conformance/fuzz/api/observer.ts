import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '../random.ts';
import type { Identities } from './identities.ts';
import type { Exchange } from './tally.ts';

export interface ObserverOptions {
  /** The server that is watched, as `http://host:port`. */
  readonly target: string;
  readonly identities: Identities;
  readonly random: Random;
  /** No answer in this time is a hang. */
  readonly hangMs: number;
  readonly onExchange: (exchange: Exchange) => void;
  /** Hears why a request could not be passed on, or its answer not back. */
  readonly onError: (what: string) => void;
}

/** Between whoever sends the requests and the server: says who asks, and sees every answer. */
export interface Observer extends AsyncDisposable {
  readonly base: string;
}

const ofConnection = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host'];

/** Starts one on a free loopback port. Bodies are held whole, both ways. */
export async function startObserver({ target, identities, random, hangMs, onExchange, onError }: ObserverOptions): Promise<Observer> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (request, response) => {
    try {
      const { method = 'GET', url = '/' } = request;
      const body = await readAll(request);
      if (identities.isSawingAtItself(method, url)) {
        response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"not sent: it would end the login of all others"}');
        return;
      }
      const identity = await identities.draw(random, url);
      const exchange = await pass({ target, agent, method, url, body, headers: headersOf(request, identity), hangMs });
      onExchange(exchange);
      const { answer } = exchange;
      if (answer === undefined) {
        response.destroy();
        return;
      }
      if (answer.status === 401 && identity !== undefined) identities.onUnauthorized(identity);
      response.writeHead(answer.status, Object.fromEntries(answer.pairs.filter(([name]) => !ofConnection.includes(name))));
      response.end(answer.body);
    } catch (error) {
      if (!response.closed) onError(`${request.method} ${request.url}: ${error}`);
      response.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function headersOf({ headers }: IncomingMessage, identity: Readonly<Record<string, string>> | undefined): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.includes(name));
  if (identity === undefined) return Object.fromEntries(kept);
  return { ...Object.fromEntries(kept.filter(([name]) => !['authorization', 'cookie', 'x-grafana-org-id'].includes(name))), ...identity };
}

interface Passed {
  readonly target: string;
  readonly agent: Agent;
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly hangMs: number;
}

interface PassedExchange extends Exchange {
  readonly answer: (NonNullable<Exchange['answer']> & { readonly pairs: readonly (readonly [string, string | string[]])[] }) | undefined;
}

async function pass({ target, agent, method, url, body, headers, hangMs }: Passed): Promise<PassedExchange> {
  const startedAtMs = performance.now();
  const told = { method, url, requestBody: body };
  const signal = AbortSignal.timeout(hangMs);
  try {
    const { hostname, port } = new URL(target);
    const length = body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method) ? { 'content-length': String(body.length) } : {};
    const call = sendRequest({ hostname, port, method, path: url, headers: { ...headers, ...length }, agent, signal });
    call.end(body);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const pairs = Object.entries(answer.headers).map(([name, value]) => [name, value ?? ''] as const);
    // What a plugin or an upstream broke off is broken off here, too, and was still an answer.
    const received = await readAll(answer).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return Buffer.alloc(0);
    });
    const { statusCode: status = 0 } = answer;
    return {
      ...told,
      answer: { status, headers: answer.rawHeaders.join('\n'), pairs, body: received },
      tookMs: performance.now() - startedAtMs,
    };
  } catch (error) {
    const why = signal.aborted ? `none in ${hangMs} ms` : String(error);
    return { ...told, answer: undefined, error: why, tookMs: performance.now() - startedAtMs };
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
