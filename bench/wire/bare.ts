import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { queryDataRequest, queryDataResponse, runStreamRequest, streamPacket } from '@backplane/protocol/pluginv2';
import { Cutter, prefixed } from './cutter.ts';
import { toTlsOptions } from './tls.ts';
import type { WireModule } from './types.ts';

/** What the flag of a prefix says here. */
const FLAG = { query: 0, stream: 1, packet: 2, end: 3 } as const;
const READ_BUFFER_BYTES = 256 << 10;
const BURST_BYTES = 256 << 10;

/**
 * The floor: the same messages over a socket, with nothing but their lengths. Answers come in the order of the questions,
 * so nothing runs beside anything.
 */
export const bare: WireModule = {
  async connect(path, tls) {
    const waiting: ((message: Buffer, flag: number) => void)[] = [];
    const cutter = new Cutter((message, flag) => {
      waiting[0]!(message, flag);
      if (flag !== FLAG.packet) waiting.shift();
    }, false);
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (length: number, bytes: Uint8Array) => {
        cutter.push(bytes.subarray(0, length));
        return true;
      },
    };
    const secured = tls && { path, onread, ...toTlsOptions(tls) };
    const socket = secured === undefined ? connect({ path, onread }) : connectTls(secured);
    await once(socket, secured === undefined ? 'connect' : 'secureConnect');
    const write = batched(socket);
    return {
      query: (request) =>
        new Promise((resolve) => {
          waiting.push((message) => resolve(queryDataResponse.decode(message)));
          write(FLAG.query, queryDataRequest.encode(request));
        }),
      runStream: (request, onPacket) =>
        new Promise((resolve) => {
          waiting.push((message, flag) => (flag === FLAG.packet ? onPacket(streamPacket.decode(message)) : resolve()));
          write(FLAG.stream, runStreamRequest.encode(request));
        }),
      close: async () => void socket.destroy(),
    };
  },
  async listen(path, handlers, { tls }) {
    const serve = (socket: Socket) => {
      const write = batched(socket);
      const cutter = new Cutter((message, flag) => {
        if (flag === FLAG.query) write(FLAG.query, queryDataResponse.encode(handlers.query(queryDataRequest.decode(message))));
        else {
          for (const packet of handlers.runStream(runStreamRequest.decode(message))) write(FLAG.packet, streamPacket.encode(packet));
          write(FLAG.end, new Uint8Array(0));
        }
      }, true);
      socket.on('data', (chunk: Buffer) => cutter.push(chunk));
      socket.on('error', () => socket.destroy());
    };
    const server = tls === undefined ? createServer(serve) : createTlsServer(toTlsOptions(tls), serve);
    server.listen(path);
    await once(server, 'listening');
    return { [Symbol.asyncDispose]: async () => void server.close() };
  },
};

/** Writes messages of one tick together. */
function batched(socket: Socket): (flag: number, message: Uint8Array) => void {
  let batch: Buffer[] = [];
  let bytes = 0;
  const flush = () => {
    if (batch.length > 0) socket.write(batch.length === 1 ? batch[0]! : Buffer.concat(batch));
    batch = [];
    bytes = 0;
  };
  return (flag, message) => {
    const framed = prefixed(message, flag);
    if (batch.length === 0) process.nextTick(flush);
    batch.push(framed);
    bytes += framed.length;
    if (bytes >= BURST_BYTES) flush();
  };
}
