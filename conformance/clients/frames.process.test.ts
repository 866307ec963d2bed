import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { RecordBatchReader, Table } from 'apache-arrow';
import { needsFrontEnd, openFrontEnd } from './front-end.ts';
import type * as Client from './page.ts';

declare const client: typeof Client;

const options = await needsFrontEnd();
const EPOCH_MS = 1_704_067_200_000;

test("@grafana/data reads what our server answers to @grafana/runtime's queries", options, async (t: TestContext) => {
  await using frontEnd = await openFrontEnd('[server]\nenable_gzip = true\n');
  const { page } = frontEnd;
  const ask = (mode: string, more: object = {}) =>
    page.evaluate(([name, target]) => client.query(name, [target]), ['Reference', { refId: 'A', mode, ...more }] as const);

  for (const source of ['Go', 'TypeScript']) {
    await t.test(`every kind of field of a plugin in ${source}, with and without nulls`, async () => {
      const kinds = KINDS.flatMap(([kind]) => [kind, `?${kind}`]);
      const answer = await page.evaluate(([name, own]) => client.query(name, [{ refId: 'A', queryType: 'table', rows: 3, kinds: own }]), [
        source,
        kinds,
      ] as const);
      assert.deepEqual([answer.state, answer.error, answer.frames.length], ['Done', undefined, 1]);
      const [frame] = answer.frames;
      assert.deepEqual([frame?.name, frame?.refId, frame?.length], ['table 0', 'A', 3]);
      const expected = KINDS.flatMap(([kind, type, cells], pair) => [
        { name: `${kind}_${2 * pair}`, type, typeInfo: { frame: kind }, values: cells(2 * pair) },
        {
          ...{ name: `${kind}_${2 * pair + 1}`, type, typeInfo: { frame: kind, nullable: true } },
          values: cells(2 * pair + 1).map((cell, row) => (row === 2 ? null : cell)),
        },
      ]);
      const seen = frame?.fields.map(({ name, type, typeInfo, values }) => ({ name, type, typeInfo, values }));
      assert.deepEqual(seen, expected);
    });
  }

  await t.test('not-a-number, infinities, minus zero, the ends of every range, and nulls beside them', async () => {
    const columns = Object.fromEntries((await ask('extremes')).frames[0]!.fields.map((field) => [field.name, field]));
    assert.deepEqual(columns.float64?.values, [NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 1e21]);
    assert.deepEqual(columns.float64_nullable?.values, [NaN, Infinity, -Infinity, null, 1e-7, 123456789012345680000, 0.1]);
    assert.deepEqual(columns.float32?.values, [NaN, Infinity, -Infinity, 3.4028235e38, 1e-45, 0.1, 16777216]);
    assert.deepEqual(columns.float64?.entities, { NaN: [0], Inf: [1], NegInf: [2] });
    const whole = [-(2 ** 63), 2 ** 63, 0, -1, 2 ** 53 - 1, 2 ** 53, 2 ** 53];
    assert.deepEqual(columns.int64?.values, whole, 'as near as a double comes');
    assert.deepEqual(columns.uint64?.values, [0, 2 ** 64, 2 ** 63, 1, 2, 3, 4]);
    assert.deepEqual(columns.string?.values.slice(0, 4), ['', '"quoted" \\ back', "<b>&'", 'line\nbreak\ttab']);
    assert.deepEqual(columns.string?.values.slice(4), ['snow ☃ 💧', '\u2028\u2029', 'nul\x00ctl\x1f']);
  });

  await t.test('the nanoseconds that a millisecond leaves over', async () => {
    const time = (await ask('extremes')).frames[0]!.fields.find(({ name }) => name === 'time');
    assert.deepEqual(time?.values.slice(0, 5), [0, EPOCH_MS, EPOCH_MS + 999, EPOCH_MS + 123, -1000]);
    assert.deepEqual(time?.nanos?.slice(0, 5), [0, 1, 999_999, 456_000, 0]);
  });

  await t.test('names, labels and configuration of fields, and the name that a panel shows', async () => {
    const value = (await ask('config')).frames[0]!.fields[1];
    assert.deepEqual(value?.labels, { a: '1', b: '2', quote: '"x"' });
    assert.equal(value?.shown, 'Shown');
    const { custom, decimals, displayNameFromDS, interval, links, mappings, max, min, noValue, thresholds, unit } = value.config;
    assert.deepEqual(
      { custom, decimals, displayNameFromDS, interval, max, min, noValue, unit },
      {
        ...{ custom: { width: 100 }, decimals: 2, displayNameFromDS: 'From source', interval: 1000 },
        ...{ max: undefined, min: -1.5, noValue: 'none', unit: 'ms' },
      },
    );
    assert.deepEqual(mappings, [{ type: 'value', options: { 1: { text: 'one', color: 'green' } } }]);
    assert.deepEqual(thresholds, {
      mode: 'absolute',
      steps: [
        { value: null, color: 'green' },
        { value: 80, color: 'red', state: 'hot' },
      ],
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the front end
    assert.deepEqual(links, [{ title: 'open', targetBlank: true, url: 'https://example.com/${__value.raw}' }]);
    const wide = (await ask('wide')).frames[0]!.fields;
    assert.deepEqual(
      wide.map(({ shown, values }) => [shown, values]),
      [
        ['time', [EPOCH_MS, EPOCH_MS + 60_000, EPOCH_MS + 120_000]],
        ['cpu a', [1, 2, 3]],
        ['cpu b', [4, 5, 6]],
      ],
    );
  });

  await t.test('the items of an enumeration', async () => {
    const fields = (await ask('kinds')).frames[0]!.fields.slice(-2);
    const type = { enum: { text: ['off', 'on', 'odd'], color: ['red', 'green', 'blue'] } };
    assert.deepEqual(
      fields.map((field) => [field.type, field.values, field.config]),
      [
        ['enum', [0, 1, 2, 1], { type }],
        ['enum', [1, null, 1, null], {}],
      ],
    );
  });

  await t.test('notices, custom meta, statistics and what was executed', async () => {
    assert.deepEqual((await ask('meta')).frames[0]?.meta, {
      ...{ type: 'table', typeVersion: [0, 1], path: 'acme/path', pathSeparator: '/', custom: { own: [1, 2] } },
      executedQueryString: 'select 1\n-- <acme>',
      stats: [{ displayName: 'rows', unit: 'short', value: 12.5 }],
      notices: [
        { severity: 'info', text: 'acme: a note', link: 'https://example.com/note', inspect: 1 },
        { severity: 'warning', text: 'acme: a warning' },
        { severity: 'error', text: 'acme: an error' },
      ],
      ...{ preferredVisualisationType: 'graph', preferredVisualisationPluginId: 'acme-panel' },
      ...{ dataTopic: 'annotations', uniqueRowIdFields: [0] },
    });
  });

  await t.test('several frames, each known by its refId, also where the plugin left it out', async () => {
    const { frames } = await ask('frames', { frames: 3, rows: 1 });
    assert.deepEqual(
      frames.map(({ name, refId, length }) => [name, refId, length]),
      [
        ['frame 0', 'A', 1],
        ['frame 1', 'A', 1],
        ['frame 2', 'A', 1],
      ],
    );
  });

  await t.test('frames without rows, without fields, and no frames', async () => {
    const shapes = await Promise.all(['zero-rows', 'empty-frame', 'no-frames', 'nothing'].map((mode) => ask(mode)));
    assert.deepEqual(
      shapes.map(({ state, error, frames }) => [state, error, frames.map(({ length, fields }) => [length, fields.length])]),
      [
        ['Done', undefined, [[0, 2]]],
        ['Done', undefined, [[0, 0]]],
        ['Done', undefined, []],
        ['Done', undefined, []],
      ],
    );
  });

  await t.test('a hundred thousand rows, which are compressed on their way', async () => {
    const response = page.waitForResponse((candidate) => candidate.url().includes('/api/ds/query'));
    const [length, last] = await page.evaluate(async () => {
      const { frames } = await client.query('TypeScript', [{ refId: 'A', queryType: 'table', rows: 100_000, cols: 2 }]);
      return [frames[0]?.length, frames[0]?.fields.map(({ values }) => values.at(-1))];
    });
    assert.deepEqual([length, last], [100_000, [999_990.25, 999_991.25]]);
    assert.equal((await (await response).allHeaders())['content-encoding'], 'gzip');
  });

  await t.test('an answer in lines, each frame of which the reader reads as it reads the whole', async () => {
    const [whole, parts] = await page.evaluate(async () => {
      const queries = ['wide', 'extremes', 'config'].map((mode) => ({ refId: mode, datasource: { uid: 'reference' }, mode }));
      const response = await fetch('/api/ds/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
        body: JSON.stringify({ from: '1704067200000', to: '1704070800000', queries }),
      });
      const lines = (await response.text()).trimEnd().split('\n');
      const frames = client.readJson(lines.map((line) => JSON.parse(line).frame));
      return [(await client.query('Reference', queries)).frames, frames] as const;
    });
    const byRefId = (frames: typeof whole) => Object.fromEntries(frames.map((frame) => [frame.refId, frame]));
    assert.equal(parts.length, 3);
    assert.deepEqual(byRefId(parts), byRefId(whole));
  });

  await t.test("an answer in Arrow, as Apache's reader reads it", async () => {
    const bytes = await page.evaluate(async () => {
      const queries = ['wide', 'number'].map((mode) => ({ refId: mode, datasource: { uid: 'reference' }, mode, values: [1.5] }));
      const response = await fetch('/api/ds/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/vnd.apache.arrow.stream' },
        body: JSON.stringify({ queries }),
      });
      return [...new Uint8Array(await response.arrayBuffer())];
    });
    const tables: Table[] = [];
    for (const reader of RecordBatchReader.readAll(Uint8Array.from(bytes))) tables.push(new Table([...reader]));
    assert.deepEqual(
      tables.map((table) => [table.schema.metadata.get('refId'), table.numRows, table.schema.fields.map(({ name }) => name)]),
      [
        ['number', 1, ['value']],
        ['wide', 3, ['time', 'cpu', 'cpu']],
      ],
    );
    assert.deepEqual([...tables[1]!.getChildAt(2)!], [4, 5, 6]);
    assert.deepEqual(tables[1]!.schema.fields[2]?.metadata.get('labels'), '{"host":"b"}');
  });

  await t.test('a frame of a channel keeps its address, and its first rows are there without a subscription', async () => {
    const [frame] = (await ask('stream', { channel: 'tick' })).frames;
    assert.equal(frame?.meta?.channel, 'ds/reference/tick');
    assert.deepEqual(
      frame.fields.map(({ values }) => values),
      [[EPOCH_MS], [0]],
    );
  });

  await t.test('an answer from the cache says so to whoever looks at the panel', async () => {
    const twice = () =>
      page.evaluate(async () => {
        const enable = await fetch('/api/datasources/typescript/cache/enable', { method: 'POST' });
        const ask = () => client.query('TypeScript', [{ refId: 'A', queryType: 'table', rows: 1, cols: 1 }]);
        return [enable.status, await ask(), await ask()] as const;
      });
    const [status, first, second] = await twice();
    assert.equal(status, 200);
    assert.deepEqual(first.frames[0]?.meta?.notices, undefined);
    assert.deepEqual(second.frames[0]?.meta?.notices, [{ severity: 'info', text: 'Cached response' }]);
    assert.deepEqual(second.frames[0]?.fields, first.frames[0]?.fields);
  });

  assert.deepEqual(frontEnd.failures, []);
});

/** Three cells of a column as both conformance plugins make them: `n` is ten times the row plus the column. */
const KINDS: readonly (readonly [kind: string, type: string, cells: (column: number) => unknown[]])[] = [
  ['int8', 'number', cells((n) => ((n - 50) << 24) >> 24)],
  ['int16', 'number', cells((n) => n - 500)],
  ['int32', 'number', cells((n) => n - 70_000)],
  ['int64', 'number', cells((n) => Number(BigInt(n) + 9_007_199_254_740_993n))],
  ['uint8', 'number', cells((n) => n)],
  ['uint16', 'number', cells((n) => n)],
  ['uint32', 'number', cells((n) => n + 4_000_000_000)],
  ['uint64', 'number', cells((n) => Number(BigInt(n) + 18_446_744_073_709_551_000n))],
  ['float32', 'number', cells((n) => Number((n + 0.1).toFixed(1)))],
  ['float64', 'number', cells((n) => n + 0.25)],
  ['bool', 'boolean', cells((n) => n % 2 === 0)],
  ['time.Time', 'time', cells((n) => EPOCH_MS + n * 60_000)],
  ['json.RawMessage', 'other', cells((n) => ({ n, list: [1, 'a', null] }))],
  ['enum', 'enum', cells((n) => n % 3)],
  ['string', 'string', cells((n, column) => `row ${(n - column) / 10} <${column}>`)],
];

function cells(of: (n: number, column: number) => unknown): (column: number) => unknown[] {
  return (column) => [0, 1, 2].map((row) => of(row * 10 + column, column));
}
