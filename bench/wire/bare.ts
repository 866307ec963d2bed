import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { queryDataRequest, queryDataResponse, runStreamRequest, streamPacket } from '@backplane/protocol/pluginv2';
import { Cutter, prefixOf } from './cutter.ts';
import { toTlsOptions } from './tls.ts';
import type { WireModule } from './types.ts';

/** What the flag of a prefix says here. */
const FLAG = { query: 0, stream: 1, packet: 2, end: 3 } as const;
const READ_BUFFER_BYTES = 256 << 10;
const SLAB_BYTES = 256 << 10;
const BIG_BYTES = 64 << 10;

const OWNED = { areChunksOurs: true };
/** A caller looks at a big answer at once, before the next one comes. */
const LENT = { areChunksOurs: false, reusesMemory: true };

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
    }, LENT);
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
    const batch = new Batch(socket);
    return {
      query: (request) =>
        new Promise((resolve) => {
          waiting.push((message) => resolve(queryDataResponse.decode(message)));
          batch.write(FLAG.query, queryDataRequest.measure(request).toParts());
        }),
      runStream: (request, onPacket) =>
        new Promise((resolve) => {
          waiting.push((message, flag) => (flag === FLAG.packet ? onPacket(streamPacket.decode(message)) : resolve()));
          batch.write(FLAG.stream, runStreamRequest.measure(request).toParts());
        }),
      close: async () => void socket.destroy(),
    };
  },
  async listen(path, handlers, { tls }) {
    const serve = (socket: Socket) => {
      const batch = new Batch(socket);
      const cutter = new Cutter((message, flag) => {
        if (flag === FLAG.query)
          batch.write(FLAG.query, queryDataResponse.measure(handlers.query(queryDataRequest.decode(message))).toParts());
        else {
          for (const packet of handlers.runStream(runStreamRequest.decode(message)))
            batch.write(FLAG.packet, streamPacket.measure(packet).toParts());
          batch.write(FLAG.end, []);
        }
      }, OWNED);
      socket.on('data', (chunk: Buffer) => cutter.push(chunk));
      socket.on('error', () => socket.destroy());
    };
    const server = tls === undefined ? createServer(serve) : createTlsServer(toTlsOptions(tls), serve);
    server.listen(path);
    await once(server, 'listening');
    return { [Symbol.asyncDispose]: async () => void server.close() };
  },
};

/** Writes small messages of one tick together, and big parts from where they are. */
class Batch {
  readonly #socket: Socket;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #at = 0;
  readonly #flush = () => this.flush();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(flag: number, parts: readonly Uint8Array[]): void {
    if (this.#at === 0) process.nextTick(this.#flush);
    this.#add(prefixOf(flag, parts));
    for (const part of parts) {
      if (part.length < BIG_BYTES) this.#add(part);
      else {
        this.flush();
        this.#socket.write(part);
      }
    }
  }

  flush(): void {
    if (this.#at === 0) return;
    this.#socket.write(this.#slab.subarray(0, this.#at));
    if (this.#socket.writableLength > 0) this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#at = 0;
  }

  #add(bytes: Uint8Array): void {
    if (this.#at + bytes.length > SLAB_BYTES) this.flush();
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
