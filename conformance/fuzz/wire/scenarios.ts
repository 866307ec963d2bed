import { type Calls, type Codec, createCalls, createServer, GrpcStatusError, type LocalServer } from '@backplane/protocol/grpc';
import { Http2Connection, type Http2Options } from '@backplane/protocol/http2';
import { createSample, type Sample } from './damage.ts';

const text: Codec<string> = { encode: (message) => Buffer.from(message), decode: (bytes) => Buffer.from(bytes).toString('latin1') };
const codecs = { request: text, response: text };
const echo = { kind: 'unary', path: '/fuzz.Wire/Echo', ...codecs } as const;
const fail = { kind: 'unary', path: '/fuzz.Wire/Fail', ...codecs } as const;
const wait = { kind: 'unary', path: '/fuzz.Wire/Wait', ...codecs } as const;
const count = { kind: 'serverStream', path: '/fuzz.Wire/Count', ...codecs } as const;
const chat = { kind: 'duplex', path: '/fuzz.Wire/Chat', ...codecs } as const;
const nowhere = { kind: 'unary', path: '/fuzz.Wire/Nowhere', ...codecs } as const;

const TIMEOUT_MS = 1_000_000;
const LARGEST_MESSAGE = 1 << 20;
const PREFACE_BYTES = 24;
const ROUNDS = 20;

/** Windows as small as they may be, beside those of the product. */
export const OPTIONS: readonly Partial<Http2Options>[] = [
  {},
  { streamWindowBytes: 65_535, connectionWindowBytes: 100_000, maxFrameBytes: 16384 },
];

/** Some calls, with what both sides send of them. */
export interface Scenario {
  /** Makes the calls; each promise is one. */
  readonly start: (calls: Calls) => Promise<unknown>[];
  readonly client: Sample;
  readonly server: Sample;
}

const STARTS: readonly Scenario['start'][] = [
  (calls) => [
    calls.unary(echo, 'hello'),
    calls.unary(echo, 'with metadata', {
      metadata: [
        ['x-one', 'y'],
        ['x-two-bin', Buffer.of(0, 255)],
      ],
      timeoutMs: TIMEOUT_MS,
    }),
    calls.unary(fail, 'a reason ✗'),
    calls.unary(nowhere, ''),
    calls.unary(echo, 'again'),
  ],
  (calls) => [Array.fromAsync(calls.serverStream(count, '5')), converse(calls, ['one', 'two', 'three']), calls.unary(echo, 'beside')],
  (calls) => [
    calls.unary(echo, 'm'.repeat(5000)),
    Array.fromAsync(calls.serverStream(count, '15')),
    calls.unary(echo, 'long header', { metadata: [['x-long', 'v'.repeat(17_000)]] }),
    converse(calls, ['c'.repeat(2000), 'd'.repeat(2000)]),
  ],
  (calls) => [calls.unary(wait, '', { timeoutMs: TIMEOUT_MS }), leave(calls), calls.unary(echo, 'last')],
];

async function converse(calls: Calls, messages: readonly string[]): Promise<string[]> {
  const call = calls.duplex(chat);
  const sent = (async () => {
    for (const message of messages) await call.send(message);
    call.closeSend();
  })();
  const [received] = await Promise.all([Array.fromAsync(call), sent]);
  return received;
}

/** Reads one message of many, then cancels by leaving. */
async function leave(calls: Calls): Promise<string> {
  for await (const message of calls.serverStream(count, '20')) return message;
  return '';
}

/** What handlers of one case do. */
export interface HandlerLog {
  running: number;
  /** What they threw that is no status and no abort. */
  errors: unknown[];
}

/** A server whose handlers tell when they start and end. */
export function createFuzzServer(log: HandlerLog): LocalServer {
  const server = createServer({
    maxReceiveBytes: LARGEST_MESSAGE,
    onHandlerError: (error) => {
      if (!(error instanceof Error && error.name === 'AbortError')) log.errors.push(error);
    },
  });
  const counted = async function* (messages: AsyncIterable<string>): AsyncGenerator<string> {
    log.running++;
    try {
      yield* messages;
    } finally {
      log.running--;
    }
  };
  server.unary(echo, (request) => request);
  server.unary(fail, (request) => {
    throw new GrpcStatusError(9, request, { details: Buffer.from(request) });
  });
  server.unary(wait, async (_, { signal }) => {
    log.running++;
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
    log.running--;
    return '';
  });
  server.serverStream(count, (request) => counted(numbers(Math.min(200, Number.parseInt(request, 10) || 0))));
  server.duplex(chat, (requests) => counted(requests));
  return server;
}

async function* numbers(end: number): AsyncGenerator<string> {
  for (let i = 0; i < end; i++) yield `message ${i} ${'.'.repeat(i)}`;
}

/** A client's connection with its calls. `onClosed` as of a connection. */
export function createFuzzClient(
  onClosed: (error: Error | undefined) => void,
  options: Partial<Http2Options>,
): { connection: Http2Connection; calls: Calls } {
  const connection = new Http2Connection('client', { onClosed }, options);
  return { connection, calls: createCalls(connection, { maxReceiveBytes: LARGEST_MESSAGE }) };
}

/** Holds all conversations once, and keeps what was said. */
export async function recordScenarios(): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const start of STARTS) for (const options of OPTIONS) scenarios.push(await record(start, options));
  return scenarios;
}

async function record(start: Scenario['start'], options: Partial<Http2Options>): Promise<Scenario> {
  const log: HandlerLog = { running: 0, errors: [] };
  const server = createFuzzServer(log).accept(options);
  const { connection: client, calls } = createFuzzClient(() => undefined, options);
  const said = { client: [] as Buffer[], server: [] as Buffer[] };
  const outcomes = Promise.allSettled(start(calls));
  for (let round = 0; round < ROUNDS; round++) {
    const fromClient = takeAll(client);
    said.client.push(fromClient);
    server.receive(fromClient);
    await new Promise(setImmediate);
    const fromServer = takeAll(server);
    said.server.push(fromServer);
    client.receive(fromServer);
    await new Promise(setImmediate);
  }
  client.disconnected(undefined);
  server.disconnected(undefined);
  await outcomes;
  return { start, client: createSample(Buffer.concat(said.client), PREFACE_BYTES), server: createSample(Buffer.concat(said.server), 0) };
}

/** All that a connection has to write for now. */
export function takeAll(connection: Http2Connection): Buffer {
  const chunks: Uint8Array[] = [];
  do {
    for (const chunk of connection.takeOutput()) chunks.push(Buffer.from(chunk));
    connection.outputWritten(false);
  } while (connection.hasOutput);
  connection.outputSettled();
  return Buffer.concat(chunks);
}
