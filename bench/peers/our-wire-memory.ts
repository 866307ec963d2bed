// What our wire keeps in memory: our-wire-memory.ts; it starts itself as the slow reader: our-wire-memory.ts read PORT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Address, connect, createServer, type ServerStreamMethod, type UnaryMethod } from '@backplane/protocol/grpc';
import type { WireMemoryWork } from '../benches/wire-memory.ts';
import { SOURCE_CONDITION } from '../method/index.ts';

const bytes = { encode: (message: Uint8Array) => message, decode: (message: Uint8Array) => message };
const echo: UnaryMethod<Uint8Array, Uint8Array> = { kind: 'unary', path: '/bench.Memory/Echo', request: bytes, response: bytes };
const pour: ServerStreamMethod<Uint8Array, Uint8Array> = { ...echo, kind: 'serverStream', path: '/bench.Memory/Pour' };
const MESSAGE_BYTES = 64 << 10;
const POURED_BYTES = 1 << 30;
const LOOPBACK: Address = { network: 'tcp', host: '127.0.0.1', port: 0 };

/** Memory when nothing is left to collect. */
type Settle = () => Promise<NodeJS.MemoryUsage>;

if (process.argv[2] === 'read') await readSlowly(Number(process.argv[3]));
else await serve();

async function serve(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const settle = async () => {
    for (let i = 0; i < 3; i++) {
      collect();
      await delay(50);
    }
    return process.memoryUsage();
  };
  const works: Record<WireMemoryWork['kind'], (count: number) => Promise<number>> = {
    calls: (count) => growthOfCalls(count, settle),
    slowReader: () => peakOfSender(settle),
    idle: (count) => growthOfIdle(count, settle),
  };
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const { kind, count } = JSON.parse(line) as WireMemoryWork;
    const began = performance.now();
    const grownBytes = await works[kind](count);
    const wallUs = (performance.now() - began) * 1000;
    const none = { p50Us: 0, p99Us: 0, hostCpuUs: 0, pluginCpuUs: 0, bytes: 0 };
    console.log(JSON.stringify({ ...none, calls: count, wallUs, hostPeakRssBytes: Math.max(grownBytes, 1) }));
  }
}

/**
 * Both sides: what stays after many calls, 32 in flight, on a connection that stays open.
 *
 * Heap and buffers: V8 moves resident memory by megabytes for reasons of its own.
 */
async function growthOfCalls(count: number, settle: Settle): Promise<number> {
  await using pair = await startPair();
  const request = new Uint8Array(1024);
  let left = count;
  const worker = async () => {
    while (left-- > 0) await pair.channel.unary(echo, request, { timeoutMs: 60_000 });
  };
  const run = () => Promise.all(Array.from({ length: 32 }, worker));
  await run();
  const before = await settle();
  left = count;
  await run();
  const after = await settle();
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

/** The sender's most while a process reads a gigabyte with pauses. */
async function peakOfSender(settle: Settle): Promise<number> {
  await using server = createServer();
  // The same message over and over: what a handler leaves to the garbage collector is not the wire's.
  const message = new Uint8Array(MESSAGE_BYTES);
  server.serverStream(pour, async function* () {
    for (let sent = 0; sent < POURED_BYTES; sent += MESSAGE_BYTES) yield message;
  });
  const { address } = await server.listen(LOOPBACK);
  const before = (await settle()).rss;
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 10);
  const port = address.network === 'tcp' ? address.port : 0;
  const reader = spawn(process.execPath, [SOURCE_CONDITION, import.meta.filename, 'read', String(port)], { stdio: ['ignore', 2, 2] });
  const [code] = await once(reader, 'exit');
  clearInterval(sampler);
  if (code !== 0) throw new Error(`the reader ended with code ${code}`);
  return peak - before;
}

/** Both sides: connections that have spoken and are silent now. */
async function growthOfIdle(count: number, settle: Settle): Promise<number> {
  await using pair = await startPair();
  await pair.channel.unary(echo, new Uint8Array(10));
  const before = (await settle()).rss;
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < count; i++) {
    const channel = stack.use(await connect(pair.address));
    await channel.unary(echo, new Uint8Array(10));
  }
  return (await settle()).rss - before;
}

async function startPair() {
  const server = createServer();
  server.unary(echo, (request) => request);
  const { address } = await server.listen(LOOPBACK);
  const channel = await connect(address);
  return {
    address,
    channel,
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server.stop();
    },
  };
}

async function readSlowly(port: number): Promise<void> {
  await using channel = await connect({ network: 'tcp', host: '127.0.0.1', port });
  let received = 0;
  for await (const message of channel.serverStream(pour, new Uint8Array(0))) {
    if (received % (32 << 20) === 0) await delay(50);
    received += message.length;
  }
  if (received !== POURED_BYTES) throw new Error(`${received} bytes came of ${POURED_BYTES}`);
}
