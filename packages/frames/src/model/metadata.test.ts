import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeArrow, decodeArrowStream, encodeArrow, encodeArrowStream } from '../arrow/index.ts';
import { float64, frame } from '../build/index.ts';
import { decodeFrameJson, encodeQueryResponse, frameToJson } from '../json/index.ts';
import type { FieldConfig, FrameMetaInput, Labels } from './index.ts';

/** Every way to write a frame. */
const writers = [frameToJson, encodeArrow, encodeArrowStream] as const;
const withField = (options: { labels?: unknown; config?: unknown }) =>
  frame('f', { v: float64([1], options as { labels?: Labels; config?: FieldConfig }) });

test('labels that are not text are refused by field and name, whatever writes them', () => {
  for (const value of [undefined, null, 1, {}, ['a']])
    for (const write of writers)
      assert.throws(() => write(withField({ labels: { host: 'a', rack: value } })), {
        name: 'FrameError',
        code: 'metadata_invalid',
        message: /field "v".*label "rack" is not text/,
      });
});

test('config and meta that Grafana would refuse are refused before they are sent', () => {
  const refused: [config: unknown, message: RegExp][] = [
    [{ decimals: 1.5 }, /field "v".*"decimals" holds 1.5, expected a whole number/],
    [{ decimals: 70000 }, /decimals/],
    [{ unit: 5 }, /"unit" holds 5, expected text/],
    [{ min: '5' }, /"min" holds "5", expected a number/],
    [{ links: {} }, /expected a list/],
    [{ unit: () => 's' }, /"unit" holds function/],
    [{ custom: { n: 1n } }, /"custom" cannot be JSON/],
  ];
  for (const [config, message] of refused)
    for (const write of writers) assert.throws(() => write(withField({ config })), { code: 'metadata_invalid', message });
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const custom of [1n, cyclic])
    for (const write of writers)
      assert.throws(() => write(frame('', {}, { meta: { custom } })), {
        code: 'metadata_invalid',
        message: /meta key "custom" cannot be JSON/,
      });
  assert.throws(() => frameToJson(frame('', {}, { meta: { path: 1 } as unknown as FrameMetaInput })), { code: 'metadata_invalid' });
});

test('what JSON leaves out is left out, and null and NaN are what Grafana reads as nothing', () => {
  const config = { unit: undefined, min: Number.NaN, max: null, other: () => 1, custom: { a: undefined } };
  assert.match(frameToJson(withField({ config })), /"config":\{"min":null,"max":null,"custom":\{\}\}/);
});

test('keys named like parts of objects are keys like others', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const text = `{${names.map((name) => `"${name}":"x"`).join(',')}}`;
  const sent = frame('f', { v: float64([1], { labels: JSON.parse(text), config: JSON.parse(text) }) }, { meta: JSON.parse(text) });
  const sameKeys = (value: object | undefined) => assert.deepEqual(Object.keys(value ?? {}).sort(), [...names].sort());
  for (const received of [decodeArrow(encodeArrow(sent)), decodeArrowStream(encodeArrowStream(sent)), decodeFrameJson(frameToJson(sent))]) {
    sameKeys(received.fields[0].labels);
    sameKeys(received.fields[0].config);
    const { typeVersion, ...meta } = received.meta ?? { typeVersion: undefined };
    assert.deepEqual(typeVersion, [0, 0]);
    sameKeys(meta);
  }
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test('labels and refIds stand in the order of their bytes, as Go writes them', () => {
  const labels = { '\u{1f600}': '1', '\uffee': '2', b: '3', B: '4' };
  assert.match(frameToJson(withField({ labels })), /"labels":\{"B":"4","b":"3","\uffee":"2","\u{1f600}":"1"\}/u);
  let text = '';
  const decoder = new TextDecoder();
  const results = ['\u{1f600}', '\uffee', 'A'].map((refId) => [refId, {}] as const);
  for (const block of encodeQueryResponse(results)) text += decoder.decode(block, { stream: true });
  assert.deepEqual(Object.keys(JSON.parse(text).results), ['A', '\uffee', '\u{1f600}']);
});

test('halves of surrogate pairs and very long texts survive where their format has room for them', () => {
  const long = 'x'.repeat(3_000_000);
  const sent = frame('\ud800', { '\udfff': float64([1], { labels: { '\ud800': '\udc00', long }, config: { unit: long } }) });
  const fromArrow = decodeArrow(encodeArrow(sent)).fields[0];
  assert.deepEqual([fromArrow.name, fromArrow.labels, fromArrow.config?.unit], ['\ufffd', { '\ud800': '\udc00', long }, long]);
  const fromJson = decodeFrameJson(frameToJson(sent));
  assert.deepEqual([fromJson.name, fromJson.fields[0].name, fromJson.fields[0].labels], ['\ud800', '\udfff', { '\ud800': '\udc00', long }]);
});

test('metadata is read as deep as it can be written again, and no deeper', () => {
  const nested = (levels: number) =>
    `{"schema":{"fields":[],"meta":{"custom":${'['.repeat(levels)}${']'.repeat(levels)}}},"data":{"values":[]}}`;
  assert.equal(frameToJson(decodeFrameJson(nested(1000))).length, nested(1000).length + ',"typeVersion":[0,0]'.length);
  assert.throws(() => decodeFrameJson(nested(1001)), { code: 'metadata_invalid', message: /meta key "custom".*1000 levels/ });
});

test('messages stay short, however long the names in them are', () => {
  const name = 'n'.repeat(1_000_000);
  const config = { [name]: 1, unit: 5 } as unknown as FieldConfig;
  assert.throws(
    () => frameToJson(frame(name, [[name, float64([1], { config })]])),
    (error: Error) => error.message.length < 2000 && /field "nnn.*…"/.test(error.message),
  );
  assert.throws(
    () =>
      frame(name, [
        ['a', float64([1])],
        [name, float64([])],
      ]),
    (error: Error) => error.message.length < 2000,
  );
});
