import assert from 'node:assert/strict';
import type { Answer, Probe } from '../probes/index.ts';
import { abortedCalls, type Case, eventually } from './case.ts';

const inMode = (healthMode: string) => ({ orgId: 1, uid: `health-${healthMode}`, updatedMs: 1, jsonData: { healthMode } });

/** Health, metrics, and what is not there. */
export const healthCases: readonly Case[] = [
  {
    name: 'health is OK without user and with empty settings, also when they were never stored [transport/plugin-content-type] [calls/plugin-minimal-context] [calls/plugin-zero-time]',
    async run({ probe }) {
      for (const context of [undefined, { orgId: 0, uid: 'never-stored', updatedMs: -6_795_364_578_871 }]) {
        const answer = await probe.run({ op: 'health', ...(context && { context }) });
        assert.deepEqual([answer.status, answer.message, answer.details], ['OK', 'conformance: fine', '']);
      }
    },
  },
  {
    name: 'health ERROR, UNKNOWN and details arrive as given',
    async run({ probe }) {
      const health = (mode: string) => probe.run({ op: 'health', context: inMode(mode) });
      const failed = await health('error');
      assert.deepEqual(
        [failed.status, failed.message, JSON.parse(failed.details!)],
        ['ERROR', 'conformance: not healthy', { why: 'asked to' }],
      );
      assert.equal((await health('unknown')).status, 'UNKNOWN');
      assert.deepEqual(JSON.parse((await health('details')).details!), { nested: { list: [1, 2.5, null] } });
    },
  },
  {
    name: 'an instance that cannot be made is health ERROR with its text, not a failed call [calls/plugin-health-instance-error]',
    async run({ probe }) {
      const context = { orgId: 1, uid: 'refused', updatedMs: 1, jsonData: { failInstance: true } };
      const answer = await probe.run({ op: 'health', context });
      assert.equal(answer.status, 'ERROR');
      assert.match(answer.message ?? '', /instance refused/);
    },
  },
  {
    name: 'a health check that throws fails the call, in ours it is health ERROR',
    async run({ probe, pair }) {
      const answer = await probe.run({ op: 'health', context: inMode('fail') });
      if (pair.plugin === 'go') assert.equal(answer.error?.code, 'Unknown');
      else assert.equal(answer.status, 'ERROR');
    },
  },
  {
    name: 'metrics are text exposition with the counters of the plugin [calls/plugin-metrics-text]',
    async run({ probe }) {
      await probe.run({ op: 'query', queries: [{ refId: 'A', queryType: 'table', model: { rows: 1, kinds: ['int64'] } }] });
      const { text = '' } = await probe.run({ op: 'metrics' });
      assert.match(text, /^# TYPE conformance_queries_total counter$/m);
      assert.match(text, /^conformance_queries_total\{mode="table"\} [1-9]\d*$/m);
    },
  },
  {
    name: 'unknown services and methods are Unimplemented [transport/plugin-unknown-method]',
    async run({ probe }) {
      for (const path of ['/conformance.Nothing/Call', '/pluginv2.Data/Nothing'])
        assert.equal((await probe.run({ op: 'unknown', path })).error?.code, 'Unimplemented', path);
    },
  },
  {
    name: 'a capability without a handler is Unimplemented [calls/plugin-unimplemented]',
    async run({ probe }) {
      assert.equal((await probe.run({ op: 'convert' })).error?.code, 'Unimplemented');
    },
  },
  {
    name: 'fields and enum values that nobody knows are ignored [calls/plugin-unknown-fields]',
    async run({ probe }) {
      // pluginContext {orgId 1, dataSourceInstanceSettings {uid "u"}}, then field 15, which no message has.
      const message = '\x0a\x07\x08\x01\x2a\x03\x5a\x01u\x7a\x01x';
      assert.equal((await probe.run({ op: 'unknown', path: '/pluginv2.Diagnostics/CheckHealth', data: message })).error, undefined);
      const withFormat7 = `${message}\x20\x07`;
      assert.equal((await probe.run({ op: 'unknown', path: '/pluginv2.Data/QueryData', data: withFormat7 })).error, undefined);
    },
  },
  {
    name: 'the health service serves plugin and the empty name, and knows no other [helpers/plugin-health-names]',
    async run({ probe }) {
      assert.equal((await probe.run({ op: 'ping' })).ok, true);
      const check = (data: string) => probe.run({ op: 'unknown', path: '/grpc.health.v1.Health/Check', data });
      const serving = '\x08\x01';
      assert.equal((await check('')).data, serving);
      assert.equal((await check('\x0a\x06plugin')).data, serving);
      assert.equal((await check('\x0a\x05other')).error?.code, 'NotFound');
    },
  },
];

/** Resource calls. */
export const resourceCases: readonly Case[] = [
  {
    name: 'a resource call arrives with method, path, query, headers and body',
    async run({ probe }) {
      const answer = await probe.run({
        op: 'resource',
        method: 'POST',
        path: 'echo/deep',
        url: 'echo/deep?a=1&b=%20',
        body: '{"snow":"☃"}',
        httpHeaders: { 'X-Several': ['one', 'two'], 'Content-Type': ['application/json'] },
      });
      assert.equal(answer.parts?.[0]?.code, 200);
      const echoed = JSON.parse(bodyOf(answer)) as Record<string, unknown>;
      assert.deepEqual(echoed, { method: 'POST', path: '/echo/deep', query: 'a=1&b=%20', several: ['one', 'two'], body: '{"snow":"☃"}' });
    },
  },
  {
    name: 'a streamed answer comes part by part, status and headers with the first [calls/plugin-resource-code]',
    async run({ probe }) {
      const { parts = [] } = await probe.run({ op: 'resource', path: 'chunks/4', url: 'chunks/4?delayMs=100' });
      assert.deepEqual(
        parts.map((part) => part.body),
        ['part 0\n', 'part 1\n', 'part 2\n', 'part 3\n'],
      );
      assert.deepEqual(
        parts.map((part) => part.code),
        [200, 0, 0, 0],
      );
      assert.deepEqual(Object.keys(parts[1]!.headers), []);
      assert.ok(parts[0]!.atMs + 200 <= parts[3]!.atMs, `first part after ${parts[0]!.atMs} ms, last after ${parts[3]!.atMs} ms`);
    },
  },
  {
    name: 'statuses arrive, with a body or without [transport/plugin-always-ends-with-status]',
    async run({ probe }) {
      for (const code of [200, 204, 404, 503]) {
        const answer = await probe.run({ op: 'resource', path: `status/${code}` });
        assert.deepEqual([answer.parts?.[0]?.code, bodyOf(answer), answer.error], [code, '', undefined]);
      }
    },
  },
  {
    name: 'a header with several values keeps them',
    async run({ probe }) {
      const { parts = [] } = await probe.run({ op: 'resource', path: 'headers' });
      const headers = new Map(Object.entries(parts[0]!.headers).map(([name, values]) => [name.toLowerCase(), values.join(', ')]));
      assert.equal(headers.get('x-several'), 'one, two');
      assert.equal(headers.get('content-type'), 'text/plain');
    },
  },
  {
    name: 'a body of 10 MB arrives whole',
    async run({ probe }) {
      const { parts = [] } = await probe.run({ op: 'resource', path: 'bytes/10000000' });
      assert.equal(
        parts.reduce((sum, part) => sum + part.bytes, 0),
        10_000_000,
      );
    },
  },
  {
    name: 'a caller who leaves an endless answer stops it [calls/plugin-stops-after-cancel]',
    async run({ probe }) {
      const before = await abortedCalls(probe);
      const answer = await probe.run({ op: 'resource', path: 'endless', max: 3 });
      assert.equal(answer.error?.code, 'Canceled');
      await eventually(
        () => abortedCalls(probe),
        (count) => count > before,
      );
    },
  },
  {
    name: 'a request of 15 MB is taken, one over the limit of the plugin is refused with ResourceExhausted, and it lives on [transport/plugin-request-limit]',
    async run({ probe, pair }) {
      const post = (bodyBytes: number) => probe.run({ op: 'resource', method: 'POST', path: 'status/200', bodyBytes });
      const tooMuch = pair.plugin === 'go' ? 17_000_000 : 68_000_000;
      assert.equal((await post(15_000_000)).parts?.[0]?.code, 200);
      assert.equal((await post(tooMuch)).error?.code, 'ResourceExhausted');
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
    },
  },
  {
    name: 'an error after the first part ends the call with its text; ours says whose fault it was [transport/host-reads-both-error-forms] [calls/plugin-error-source]',
    async run({ probe, pair }) {
      const answer = await probe.run({ op: 'resource', path: 'half' });
      assert.equal(bodyOf(answer), 'first half');
      const source = pair.plugin === 'ours' ? { errorSource: 'plugin' } : {};
      assert.deepEqual(answer.error, { code: 'Unknown', message: 'conformance: broke off', ...source });
    },
  },
  {
    name: 'a handler that fails or answers nothing: the genuine one ends the call, ours answers 500 [calls/plugin-resource-code]',
    async run({ probe, pair }) {
      for (const path of ['fail', 'silent', 'panic']) {
        const answer = await probe.run({ op: 'resource', path });
        if (pair.plugin === 'ours') assert.equal(answer.parts?.[0]?.code, 500, path);
        else assert.deepEqual([answer.parts, answer.error?.code], [[], path === 'silent' ? undefined : 'Unknown'], path);
      }
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
    },
  },
];

const bodyOf = (answer: Answer): string => (answer.parts ?? []).map((part) => part.body).join('');

/** Live channels. */
export const streamCases: readonly Case[] = [
  {
    name: 'a stream is subscribed to, runs, ends, fails and is left [calls/plugin-stops-after-cancel]',
    async run({ probe }) {
      const subscribed = await probe.run({ op: 'subscribe', path: 'ticks/3' });
      assert.deepEqual([subscribed.status, subscribed.data], ['OK', '{"hello":"conformance"}']);
      assert.equal((await probe.run({ op: 'subscribe', path: 'deny' })).status, 'PERMISSION_DENIED');
      assert.equal((await probe.run({ op: 'subscribe', path: 'nothing' })).status, 'NOT_FOUND');
      assert.equal((await probe.run({ op: 'publish', path: 'ticks/3', data: '{"a":1}' })).data, '{"a":1}');
      assert.deepEqual((await probe.run({ op: 'stream', path: 'ticks/3' })).packets, ['{"n":0}', '{"n":1}', '{"n":2}']);
      const failed = await probe.run({ op: 'stream', path: 'fails/1' });
      assert.deepEqual([failed.packets?.length, failed.error?.message], [1, 'conformance: stream broke']);
      await leaveEndlessStream(probe);
    },
  },
];

async function leaveEndlessStream(probe: Probe): Promise<void> {
  const before = await abortedCalls(probe);
  const left = await probe.run({ op: 'stream', path: 'endless', max: 100 });
  assert.deepEqual([left.packets?.length, left.error?.code], [100, 'Canceled']);
  await eventually(
    () => abortedCalls(probe),
    (count) => count > before,
  );
}
