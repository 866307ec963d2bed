import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { SOURCE_CONDITION, startLinePeer } from '../method/index.ts';
import type { Load } from '../peers/load.ts';
import { Cutter, prefixed } from './cutter.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

const file = (name: string) => fileURLToPath(import.meta.resolve(name));

const securities = ['plain', 'mtls'] as const;
for (const [name, security] of Object.keys(IMPLEMENTATIONS).flatMap((one) => securities.map((security) => [one, security] as const))) {
  test(`host and plugin of the wire ${name}, ${security}, exchange queries, big answers and streams`, async () => {
    const args = [SOURCE_CONDITION, file('./host.ts'), name, security, process.execPath, SOURCE_CONDITION, file('./plugin.ts'), name];
    await using peer = await startLinePeer<Partial<Load>>(process.execPath, args, (load) => ({ op: 'load', load }));
    const load = { queryType: '1048576', requestBytes: 800, inFlight: 4, durationMs: 20, decode: false };
    const queries = await peer.measure(load);
    assert.ok(queries.calls >= 4 && queries.bytes > queries.calls * 1_048_576, JSON.stringify(queries));
    assert.ok(queries.hostCpuUs > 0 && queries.pluginCpuUs > 0 && queries.p99Us >= queries.p50Us);
    const streams = await peer.measure({ ...load, inFlight: 1, stream: '300x5000' });
    assert.ok(streams.calls >= 300 && streams.bytes === streams.calls * 5000, JSON.stringify(streams));
  });
}

test('messages are cut from chunks of any size', () => {
  const sent = ['', 'a', 'b'.repeat(1000)].map((text) => Buffer.from(text));
  const bytes = Buffer.concat(sent.map((message, i) => prefixed(message, i)));
  for (const [size, areChunksOurs] of [
    [1, true],
    [4, false],
    [7, true],
    [bytes.length, false],
    [bytes.length, true],
  ] as const) {
    const got: Buffer[] = [];
    const cutter = new Cutter((message, flag) => got.push(Buffer.concat([Buffer.of(flag), message])), { areChunksOurs });
    for (let at = 0; at < bytes.length; at += size) cutter.push(bytes.subarray(at, at + size));
    assert.deepEqual(
      got,
      sent.map((message, i) => Buffer.concat([Buffer.of(i), message])),
    );
  }
});
