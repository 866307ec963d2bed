import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

type Route = (response: ServerResponse, body: string, request: IncomingMessage) => unknown;

/** Every other path answers with what arrived, as JSON. */
const ROUTES: Readonly<Record<string, Route>> = {
  cookies: (response) => response.writeHead(200, { 'content-type': 'text/plain', 'set-cookie': ['up=1; Path=/', 'down=2'] }).end('cookies'),
  token: (response, body) => {
    const client = new URLSearchParams(body).get('client_id') ?? 'none';
    answer(response, 200, { access_token: `acme-access-${client}`, token_type: 'Bearer', expires_in: '3600' });
  },
  redirect: (response) => response.writeHead(302, { location: '/landed' }).end(),
  gzip: (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"zipped":true}')),
  headers: (response) => response.writeHead(200, HEADERS_A_PROXY_MAY_DROP).end('{"headers":true}'),
  text: (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('text'),
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script>alert(1)</script>'),
  break: async (response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('half');
    await delay(50);
    response.destroy();
  },
  chunks: async (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (let i = 0; i < 5; i++) {
      response.write(`chunk ${i}\n`);
      await delay(10);
    }
    response.end();
  },
  slow: async (response) => {
    await delay(300);
    answer(response, 200, { slow: true });
  },
  status: (response, _body, request) => {
    const asked = Number(request.url?.split('?')[0]?.split('/')[2]);
    const code = asked >= 200 && asked <= 599 ? asked : 400;
    const hasBody = code !== 204 && code !== 304;
    response.writeHead(code, { 'content-type': 'application/json' }).end(hasBody ? `{"status":${code}}` : undefined);
  },
};

const HEADERS_A_PROXY_MAY_DROP = {
  'content-type': 'application/json',
  'x-acme': ['one', 'two'],
  'content-security-policy': 'default-src *',
  'x-frame-options': 'ALLOWALL',
  'access-control-allow-origin': '*',
  'www-authenticate': 'Basic realm="up"',
  'cache-control': 'max-age=60',
  etag: '"up"',
  server: 'upstream',
  'x-powered-by': 'acme',
  via: '1.0 acme',
};

/** The HTTP server that proxied requests go to, on a free loopback port. */
export async function startUpstream(): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString('utf8');
    const name = request.url?.split('?')[0]?.split('/')[1] ?? '';
    const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
    if (route) await route(response, body, request);
    else answer(response, 200, { method: request.method, url: request.url, headers: sorted(request.headersDistinct), body });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const sorted = (headers: object): object => Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)));
