import { once } from 'node:events';
import { type ClientHttp2Session, connect, createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { queryDataRequest, queryDataResponse, runStreamRequest, streamPacket } from '@backplane/protocol/pluginv2';
import { Cutter, prefixed } from './cutter.ts';
import { PATHS } from './messages.ts';
import { pour } from './pour.ts';
import { toTlsOptions } from './tls.ts';
import type { WireHandlers, WireModule } from './types.ts';

const WINDOW_BYTES = 16 << 20;
const SETTINGS = { initialWindowSize: WINDOW_BYTES, maxFrameSize: (1 << 24) - 1, enablePush: false };
const OPTIONS = { settings: SETTINGS, maxSessionMemory: 1000 };
const OWNED = { areChunksOurs: true };
const RESPONSE = { ':status': 200, 'content-type': 'application/grpc' };

/** gRPC by hand on node:http2, with large windows and frames: as fast as that module lets one be. */
export const http2: WireModule = {
  async connect(path, tls) {
    const createConnection = () => (tls === undefined ? connectSocket({ path }) : connectTls({ path, ...toTlsOptions(tls) }));
    const session = connect(tls === undefined ? 'http://localhost' : 'https://localhost', { ...OPTIONS, createConnection });
    await once(session, 'connect');
    session.setLocalWindowSize(WINDOW_BYTES * 4);
    return {
      async query(request) {
        let response: Buffer | undefined;
        await call(session, PATHS.query, queryDataRequest.encode(request), (message) => {
          response = message;
        });
        if (response === undefined) throw new Error('no response came back');
        return queryDataResponse.decode(response);
      },
      runStream: (request, onPacket) =>
        call(session, PATHS.runStream, runStreamRequest.encode(request), (message) => onPacket(streamPacket.decode(message))),
      async close() {
        session.destroy();
      },
    };
  },
  async listen(path, handlers, { tls }) {
    const server = tls === undefined ? createServer(OPTIONS) : createSecureServer({ ...OPTIONS, ...toTlsOptions(tls) });
    server.on('session', (session) => {
      session.setLocalWindowSize(WINDOW_BYTES * 4);
      session.on('error', () => session.destroy());
    });
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      let request: Buffer | undefined;
      const cutter = new Cutter((message) => {
        request = message;
      }, OWNED);
      stream.on('data', (chunk: Buffer) => cutter.push(chunk));
      stream.on('error', () => stream.destroy());
      stream.on('end', () => answer(stream, headers[':path'] ?? '', request ?? Buffer.alloc(0), handlers));
    });
    server.listen(path);
    await once(server, 'listening');
    return { [Symbol.asyncDispose]: async () => void server.close() };
  },
};

function call(session: ClientHttp2Session, path: string, request: Uint8Array, onMessage: (message: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      ':scheme': session.encrypted ? 'https' : 'http',
      ':authority': 'localhost',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'grpc-bench',
    });
    const cutter = new Cutter(onMessage, OWNED);
    let status: string | string[] | undefined;
    stream.on('data', (chunk: Buffer) => cutter.push(chunk));
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.on('error', reject);
    stream.on('end', () => (status === '0' ? resolve() : reject(new Error(`status ${status}`))));
    stream.end(prefixed(request));
  });
}

function answer(stream: ServerHttp2Stream, path: string, request: Buffer, handlers: WireHandlers): void {
  stream.respond(RESPONSE, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  if (path === PATHS.query) stream.end(prefixed(queryDataResponse.encode(handlers.query(queryDataRequest.decode(request)))));
  else pour(packets(handlers, request), stream);
}

function* packets(handlers: WireHandlers, request: Buffer): Generator<Buffer> {
  for (const packet of handlers.runStream(runStreamRequest.decode(request))) yield prefixed(streamPacket.encode(packet));
}
