import assert from 'node:assert/strict';
import { abortedCalls, type Case, eventually, responseOf } from './case.ts';

const NUMBERS = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float32', 'float64'];
const KINDS = [...NUMBERS, 'string', 'bool', 'time.Time', 'json.RawMessage', 'enum'];
const ALL_KINDS = KINDS.flatMap((kind) => [kind, `?${kind}`]);
const one = (queryType: string, model: Readonly<Record<string, unknown>> = {}) => [{ refId: 'A', queryType, model }];

/** Queries, their frames and their errors. */
export const queryCases: readonly Case[] = [
  {
    name: 'a table of every kind comes in Arrow as the genuine pair has it [calls/plugin-answers-in-format] [calls/plugin-sets-status] [calls/plugin-fills-ref-id]',
    comparesWithGenuine: true,
    async run({ probe, genuine }) {
      const command = { op: 'query', format: 0, queries: one('table', { rows: 7, kinds: ALL_KINDS }) } as const;
      const response = responseOf(await probe.run(command));
      assert.equal(response.format, 'ARROW');
      assert.equal(response.status, 200);
      assert.equal(response.frames[0]?.refId, 'A');
      assert.equal(response.frames[0]?.fields.length, 30);
      assert.deepEqual(response, responseOf(await (await genuine()).run(command)));
    },
  },
  {
    name: 'a table comes in JSON when that is asked for, as the genuine pair has it [calls/plugin-answers-in-format]',
    comparesWithGenuine: true,
    async run({ probe, genuine }) {
      const kinds = ALL_KINDS.filter((kind) => !kind.endsWith('enum'));
      const command = { op: 'query', format: 1, queries: one('table', { rows: 7, kinds }) } as const;
      const response = responseOf(await probe.run(command));
      assert.equal(response.format, 'JSON');
      assert.deepEqual(response, responseOf(await (await genuine()).run(command)));
    },
  },
  {
    name: 'names, labels, config and meta arrive as the genuine pair has them, in both formats',
    comparesWithGenuine: true,
    async run({ probe, genuine }) {
      for (const format of [0, 1] as const) {
        const command = { op: 'query', format, queries: one('meta') } as const;
        const response = responseOf(await probe.run(command));
        assert.deepEqual(response.frames[0]?.fields[1]?.labels, { a: '1 <&>', b: '2' });
        assert.deepEqual(response, responseOf(await (await genuine()).run(command)));
      }
    },
  },
  {
    name: 'several queries get their own answers, one bad query spoils no other',
    async run({ probe }) {
      const queries = [
        { refId: 'A', queryType: 'table', model: { rows: 2, kinds: ['int64'], frames: 3 } },
        { refId: 'B', queryType: 'error', model: { message: 'bad', status: 418, source: 'plugin' } },
        { refId: '☃', queryType: 'table', model: { rows: 0, kinds: ['string', '?float64'] } },
      ];
      const { responses = {} } = await probe.run({ op: 'query', queries });
      assert.deepEqual(Object.keys(responses).sort(), ['A', 'B', '☃']);
      assert.deepEqual(
        responses.A?.frames.map((frame) => frame.rows),
        [2, 2, 2],
      );
      assert.equal(responses.B?.status, 418);
      assert.deepEqual(
        responses['☃']?.frames.map((frame) => [frame.refId, frame.rows, frame.fields.length]),
        [['☃', 0, 2]],
      );
    },
  },
  {
    name: 'an error keeps its text, status and source [calls/plugin-sets-status]',
    async run({ probe }) {
      for (const [status, source] of [[502, 'downstream'] as const, [400, 'plugin'] as const]) {
        const answer = await probe.run({ op: 'query', queries: one('error', { message: 'é 100%\nLF', status, source }) });
        const response = responseOf(answer);
        assert.deepEqual([response.error, response.status, response.errorSource], ['é 100%\nLF', status, source]);
        assert.deepEqual(response.frames, []);
      }
    },
  },
  {
    name: 'frames beside an error arrive both',
    only: ({ plugin }) => plugin === 'go', // our SDK has no way to answer with both
    async run({ probe }) {
      const queries = one('error-with-frames', { message: 'half', status: 500, rows: 2, kinds: ['int64'] });
      const response = responseOf(await probe.run({ op: 'query', queries }));
      assert.equal(response.error, 'half');
      assert.equal(response.frames[0]?.rows, 2);
    },
  },
  {
    name: 'a handler that throws ends the call with Unknown and its text, ours answers an error of that query; both live on [calls/plugin-survives-throw] [transport/host-decodes-messages]',
    async run({ probe, pair }) {
      const answer = await probe.run({ op: 'query', queries: one('fail', { message: 'é 100%\nLF' }) });
      if (pair.plugin === 'go') assert.deepEqual(answer.error, { code: 'Unknown', message: 'é 100%\nLF' });
      else assert.deepEqual([responseOf(answer).error, responseOf(answer).status], ['é 100%\nLF', 500]);
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
    },
  },
  {
    name: 'a failed call keeps its code and whose fault it was',
    only: ({ plugin }) => plugin === 'go', // our SDK answers errors per query
    async run({ probe }) {
      const failed = async (queryType: string, model = {}) => (await probe.run({ op: 'query', queries: one(queryType, model) })).error;
      assert.deepEqual(await failed('fail-downstream', { message: 'down' }), {
        code: 'Unknown',
        message: 'down',
        errorSource: 'downstream',
      });
      assert.deepEqual(await failed('fail-plugin', { message: 'bug' }), { code: 'Unknown', message: 'bug', errorSource: 'plugin' });
      assert.equal((await failed('fail-cancelled'))?.errorSource, 'downstream');
      assert.equal((await failed('fail-status', { code: 8, message: 'too much' }))?.code, 'ResourceExhausted');
      assert.equal((await failed('fail-status', { code: 14, message: 'away' }))?.code, 'Unavailable');
    },
  },
  {
    name: 'a handler that panics spoils its call alone',
    async run({ probe, pair }) {
      const answer = await probe.run({ op: 'query', queries: one('panic') });
      const text = pair.plugin === 'go' ? answer.error?.message : responseOf(answer).error;
      assert.match(text ?? '', /asked to panic/);
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
    },
  },
  {
    name: 'a cancelled call ends at once for the caller, and for the handler [transport/host-cancels] [transport/plugin-sees-cancel]',
    async run({ probe }) {
      const before = await abortedCalls(probe);
      const answer = await probe.run({ op: 'query', cancelAfterMs: 50, queries: one('slow', { delayMs: 60_000 }) });
      assert.equal(answer.error?.code, 'Canceled');
      assert.ok(answer.ms < 30_000, `${answer.ms} ms`);
      await eventually(
        () => abortedCalls(probe),
        (count) => count > before,
      );
    },
  },
  {
    name: 'a call ends at its deadline, for the handler as well [transport/host-sends-deadline] [transport/plugin-keeps-deadline] [calls/plugin-maps-abort]',
    async run({ probe, pair }) {
      const before = await abortedCalls(probe);
      const answer = await probe.run({ op: 'query', timeoutMs: 200, queries: one('slow', { delayMs: 60_000 }) });
      // The Go SDK calls a handler's own deadline error downstream's fault, with code Unknown; it races with the host's clock.
      const codes = pair.plugin === 'go' ? ['DeadlineExceeded', 'Unknown'] : ['DeadlineExceeded'];
      assert.ok(codes.includes(answer.error?.code ?? ''), JSON.stringify(answer));
      // Its server may also reset the stream first, which Go's client words by the reset, with the code of the deadline.
      const words = pair.plugin === 'go' ? /deadline exceeded|RST_STREAM with error code: CANCEL/i : /deadline exceeded/i;
      assert.match(answer.error!.message, words);
      assert.ok(answer.ms >= 150 && answer.ms < 30_000, `${answer.ms} ms`);
      await eventually(
        () => abortedCalls(probe),
        (count) => count > before,
      );
    },
  },
  {
    name: 'a deadline travels with the call [transport/host-sends-deadline]',
    only: ({ plugin }) => plugin === 'go',
    async run({ probe }) {
      for (const timeoutMs of [5000, undefined]) {
        const answer = await probe.run({ op: 'query', queries: one('echo'), ...(timeoutMs && { timeoutMs }) });
        assert.equal(received(answer).deadline, timeoutMs !== undefined);
      }
    },
  },
  {
    name: 'long integers arrive with all their digits [calls/host-sends-exact-integers]',
    only: ({ plugin }) => plugin === 'go',
    async run({ probe }) {
      const answer = await probe.run({ op: 'query', queries: [{ refId: 'A', queryType: 'echo', maxDataPoints: '9007199254740993' }] });
      // JSON.parse would round it: the text decides.
      assert.match(String(responseOf(answer).frames[0]?.fields[0]?.values[0]), /"maxDataPoints":9007199254740993\b/);
    },
  },
  {
    name: 'context, headers and the whole query reach the handler [calls/plugin-reads-headers]',
    async run({ probe, pair }) {
      const context = { orgId: 7, uid: 'other', login: 'ada', updatedMs: 5 };
      const headers = { 'http_X-Query-Group-Id': 'g1', Authorization: 'Bearer x' };
      const got = received(await probe.run({ op: 'query', context, headers, queries: one('echo', { extra: [1, '☃'] }) }));
      assert.equal(got.context.orgId, 7);
      assert.equal(got.context.user?.login, 'ada');
      assert.equal(got.context.dataSource?.uid, 'other');
      assert.deepEqual(
        [got.query.refId, got.query.fromMs, got.query.toMs, got.query.intervalMs],
        ['A', 1704067200000, 1704070800000, 60000],
      );
      assert.deepEqual(JSON.parse(got.query.json), { refId: 'A', queryType: 'echo', extra: [1, '☃'] });
      if (pair.plugin === 'ours') assert.deepEqual(got.headers, { 'x-query-group-id': 'g1', authorization: 'Bearer x' });
      else assert.deepEqual(got.headers, headers);
    },
  },
  {
    name: 'answers of 10 and of 100 MB arrive whole, with the PINGs by which the genuine host measures the line [transport/host-takes-100-mb] [transport/plugin-sends-100-mb] [transport/plugin-tolerates-pings]',
    async run({ probe }) {
      for (const megabytes of [10, 100]) {
        const bytes = megabytes * 1024 * 1024;
        const [frame] = responseOf(await probe.run({ op: 'query', queries: one('huge', { bytes }) })).frames;
        assert.equal(frame?.rows, bytes / 8);
      }
    },
  },
  {
    name: 'a thousand calls at a time are all answered [transport/plugin-1000-calls]',
    async run({ probe }) {
      const call = { op: 'query', queries: one('slow', { delayMs: 300, rows: 1, kinds: ['int64'] }) } as const;
      const answer = await probe.run({ op: 'many', count: 1000, call });
      assert.deepEqual(answer.ends, { ok: 1000 });
    },
  },
  {
    name: 'a plugin that prints a megabyte is not held up [helpers/host-reads-stdio]',
    async run({ probe }) {
      const answer = await probe.run({
        op: 'query',
        timeoutMs: 20_000,
        queries: one('print', { bytes: 1_000_000, rows: 1, kinds: ['int64'] }),
      });
      assert.equal(responseOf(answer).frames[0]?.rows, 1);
    },
  },
  {
    name: 'an instance is made again when its settings change, and per tenant [calls/plugin-renews-instance] [calls/plugin-tenants]',
    async run({ probe }) {
      const numberOf = async (updatedMs: number, tenant?: string) => {
        const context = { orgId: 1, uid: 'renewed', updatedMs };
        return received(await probe.run({ op: 'query', context, queries: one('echo'), ...(tenant && { metadata: { tenantid: tenant } }) }))
          .instance;
      };
      const first = await numberOf(1);
      assert.equal(await numberOf(1), first);
      const second = await numberOf(2);
      assert.notEqual(second, first);
      const [red, blue] = [await numberOf(2, 'red'), await numberOf(2, 'blue')];
      assert.equal(new Set([first, second, red, blue]).size, 4);
      assert.equal(await numberOf(2, 'red'), red);
    },
  },
  {
    name: 'frames come one by one when they are asked for in chunks, and an error is an item of its own [calls/plugin-answers-in-format]',
    async run({ probe }) {
      const queries = [
        { refId: 'A', queryType: 'table', model: { rows: 2, kinds: ['int64', 'string'], frames: 3 } },
        { refId: 'B', queryType: 'error', model: { message: 'no such thing', status: 404, source: 'plugin' } },
      ];
      for (const format of [0, 1] as const) {
        const { items = [], error } = await probe.run({ op: 'chunked', queries, format });
        assert.equal(error, undefined);
        const frames = items
          .filter((item) => item.refId === 'A')
          .map(({ frameId, status, format, frame }) => [frameId, status, format, frame?.name, frame?.rows]);
        assert.deepEqual(
          frames,
          ['0', '1', '2'].map((id) => [id, 200, format === 0 ? 'ARROW' : 'JSON', `table ${id}`, 2]),
        );
        const failed = items.filter((item) => item.refId === 'B').map((item) => [item.status, item.error]);
        assert.deepEqual(failed, [[404, 'no such thing']]);
      }
    },
  },
];

interface Received {
  readonly deadline?: boolean;
  readonly instance: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly context: {
    readonly orgId: number;
    readonly user: { readonly login: string } | null;
    readonly dataSource: { readonly uid: string } | null;
  };
  readonly query: {
    readonly refId: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly intervalMs: number;
    readonly json: string;
  };
}

/** What the mode `echo` says arrived. */
function received(answer: Parameters<typeof responseOf>[0]): Received {
  return JSON.parse(String(responseOf(answer).frames[0]?.fields[0]?.values[0])) as Received;
}
