import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { patternOf } from '../fixtures/interop-datasource/services.ts';
import type { Probe } from '../probes/index.ts';
import { eventually } from './case.ts';

/** What any client and any server of gRPC must do together. */
export interface InteropCase {
  readonly name: string;
  /** Runs over mutual TLS as well. */
  readonly overTls?: boolean;
  /** Both sides act at the same time, where a server of grpc-js may lose its connection: see the case. */
  readonly isRace?: boolean;
  run(probe: Probe): Promise<void>;
}

const MANY = 1000;
const MEGABYTE = 1 << 20;
/** No call of the matrix hangs. */
const timeoutMs = 30_000;

/** In this order on one connection, so that what one leaves behind, such as an unpaid window, is felt by the next. */
export const interopCases: readonly InteropCase[] = [
  {
    name: 'unary calls, with metadata, a deadline, 3 MB in the request and the answer, and an error in UTF-8',
    overTls: true,
    async run(probe) {
      const details = await askHealth(probe, { metadata: { 'x-one': 'a, b' }, timeoutMs });
      assert.deepEqual([details.metadata, details.hasDeadline], ['a, b', true]);
      const data = 'ü☃'.repeat(600_000);
      assert.equal((await probe.run({ op: 'publish', path: 'echo', data, timeoutMs })).data, data);
      const { error } = await probe.run({ op: 'publish', path: 'fail', timeoutMs });
      assert.deepEqual([error?.code, error?.message], ['InvalidArgument', 'interop: 100% ü\n☃']);
      assert.equal((await probe.run({ op: 'unknown', path: '/interop.Nothing/Nothing', timeoutMs })).error?.code, 'Unimplemented');
    },
  },
  {
    name: 'streams of many small and of some big messages arrive whole and in order; an empty one ends',
    overTls: true,
    async run(probe) {
      const { packets } = await probe.run({ op: 'stream', path: 'ticks/3000', timeoutMs });
      assert.deepEqual(
        packets,
        Array.from({ length: 3000 }, (_, n) => `{"n":${n}}`),
      );
      assert.deepEqual((await probe.run({ op: 'stream', path: 'ticks/0', timeoutMs })).packets, []);
      await expectParts(probe, 20, 100_003);
    },
  },
  { name: 'an answer of 100 MB arrives whole', run: (probe) => expectParts(probe, 1, 100 * MEGABYTE) },
  {
    name: 'a thousand streams are open at the same time',
    async run(probe) {
      // None of them gets a packet before all are open.
      const call = { op: 'stream', path: `together/${MANY}`, timeoutMs } as const;
      assert.deepEqual((await probe.run({ op: 'many', count: MANY, call })).ends, { ok: MANY });
    },
  },
  {
    name: 'a thousand endless streams are left, their handlers hear of it, and the connection has all of its window again',
    async run(probe) {
      const before = await askHealth(probe);
      const call = { op: 'stream', path: 'endless', max: 5 } as const;
      assert.deepEqual((await probe.run({ op: 'many', count: MANY, inFlight: 8, call })).ends, { Canceled: MANY });
      await eventually(
        async () => (await askHealth(probe)).givenUp - before.givenUp,
        (left) => left === MANY,
      );
      await expectParts(probe, 1, 10 * MEGABYTE);
    },
  },
  {
    // Where the server answers its deadline in the moment in which it gets our reset, node:http2 ends the whole connection.
    name: 'a call ends at its deadline on both sides',
    overTls: true,
    isRace: true,
    async run(probe) {
      const before = await askHealth(probe);
      const wait = () => probe.run({ op: 'publish', path: 'wait', timeoutMs: 100 });
      const tries = [await wait()];
      // Both sides have a clock. Where that of the server is first, grpc-js takes its reset for a cancellation.
      while (tries.at(-1)?.error?.code === 'Canceled' && tries.length < 5) tries.push(await wait());
      assert.equal(tries.at(-1)?.error?.code, 'DeadlineExceeded', JSON.stringify(tries));
      for (const { ms } of tries) assert.ok(ms >= 90, `${ms} ms`);
      await eventually(
        async () => (await askHealth(probe)).givenUp - before.givenUp,
        (expired) => expired === tries.length,
      );
    },
  },
];

interface HealthDetails {
  readonly givenUp: number;
  readonly metadata: string;
  readonly hasDeadline: boolean;
}

async function askHealth(probe: Probe, command: object = {}): Promise<HealthDetails> {
  const answer = await probe.run({ op: 'health', ...command });
  assert.deepEqual([answer.status, answer.message], ['OK', 'interop: fine'], JSON.stringify(answer));
  return JSON.parse(answer.details ?? '');
}

async function expectParts(probe: Probe, count: number, bytes: number): Promise<void> {
  const { parts, error } = await probe.run({ op: 'resource', path: `${count}x${bytes}`, timeoutMs });
  assert.equal(error, undefined);
  const wanted = { bytes, crc32: crc32(patternOf(bytes)) };
  assert.deepEqual(
    parts?.map((part) => ({ bytes: part.bytes, crc32: part.crc32 })),
    Array.from({ length: count }, () => wanted),
  );
}
