import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { defaultHeaders } from './default-headers.ts';
import type { Services } from './services.ts';

type Config = Services['config'];

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Answers what is no HTTP request, in the words of Go's server and with the headers of every other answer; fastify
 * calls it before there is a request.
 */
export function createClientErrorHandler(config: Config): (error: Error & { readonly code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = statuses[error.code ?? ''] ?? 400;
    const line = `${status} ${STATUS_CODES[status]}`;
    const headers = { ...defaultHeaders(undefined, config), 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${line}\r\n${head.join('')}content-length: ${line.length}\r\n\r\n${line}`, () => socket.destroy());
  };
}

/** An `Expect` other than `100-continue` cannot be met (RFC 9110, 10.1.1). */
export function refuseExpectations(server: Server, config: Config): void {
  server.on('checkExpectation', (request, response) => {
    response.writeHead(417, { ...defaultHeaders(request.url, config), connection: 'close', 'content-length': '0' }).end();
  });
}
