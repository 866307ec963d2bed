import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrameJson } from './index.ts';

const cells = (text: string) => decodeFrameJson(text).fields.map((field) => field.toArray());

test('parts may come in any order, with spaces and keys that nobody knows', () => {
  const frame = decodeFrameJson(` { "extra" : [ {"a":"]"} ] , "data" : { "nanos":[[5,0],null] , "entities":[null,{"NaN":[1],"Inf":[0]}],
    "values" : [ [ 1 , 2 ] , [ null , null ] ] } , "schema": {"refId":"B","fields":[{"name":"t","type":"time","typeInfo":{"frame":"time.Time"}},
    {"name":"v","typeInfo":{"frame":"*float64"}}]} } `);
  assert.equal(frame.refId, 'B');
  assert.equal(frame.fields[1].nullable, true);
  assert.deepEqual(frame.fields[0].toArray(), [1_000_005n, 2_000_000n]);
  assert.deepEqual(frame.fields[1].toArray(), [Number.POSITIVE_INFINITY, Number.NaN]);
});

test('the type alone decides where there is no typeInfo', () => {
  const types = ['number', 'string', 'boolean', 'time', 'other', 'enum'];
  const fields = types.map((type) => ({ name: type, type }));
  const frame = decodeFrameJson(JSON.stringify({ schema: { fields }, data: { values: [[1.5], ['x'], [true], [1], [{ a: 1 }], [2]] } }));
  assert.deepEqual(
    frame.fields.map(({ kind }) => kind),
    ['float64', 'string', 'bool', 'time', 'json', 'enum'],
  );
});

test('other spellings of types are read', () => {
  for (const [frameType, kind] of [
    ['int', 'int64'],
    ['float', 'float64'],
    ['double', 'float64'],
    ['boolean', 'bool'],
    ['time', 'time'],
    ['json', 'json'],
  ])
    assert.equal(decodeFrameJson(`{"schema":{"fields":[{"name":"a","typeInfo":{"frame":"${frameType}"}}]}}`).fields[0].kind, kind);
});

test('64-bit integers are exact, as numbers and as text', () => {
  const text =
    '{"schema":{"fields":[{"typeInfo":{"frame":"int64"}},{"typeInfo":{"frame":"uint64"}}]},"data":{"values":[[-9223372036854775808,"9007199254740993",1e3],[18446744073709551615,0,1]]}}';
  assert.deepEqual(cells(text), [
    [-9223372036854775808n, 9007199254740993n, 1000n],
    [18446744073709551615n, 0n, 1n],
  ]);
});

test('null is the zero of a field that is not nullable, as in Go', () => {
  const kinds = ['float64', 'string', 'bool', 'int64', 'json.RawMessage'];
  const fields = kinds.map((frame) => ({ typeInfo: { frame } }));
  const text = JSON.stringify({ schema: { fields }, data: { values: kinds.map(() => [null]) } });
  assert.deepEqual(cells(text), [[0], [''], [false], [0n], [null]]);
});

test('a schema without data is a frame without rows', () => {
  const frame = decodeFrameJson('{"schema":{"name":"n","meta":{"custom":{"x":1}},"fields":[{"name":"a","type":"string"}]}}');
  assert.equal(frame.length, 0);
  assert.deepEqual(frame.meta, { custom: { x: 1 }, typeVersion: [0, 0] });
  assert.equal(decodeFrameJson('{"schema":{"fields":[{"name":"a","type":"string"}]},"data":{"values":[]}}').length, 0);
  assert.equal(decodeFrameJson('{"schema":{"fields":[]},"data":{"values":[]}}').fields.length, 0);
});

test('what is wrong is said with field and row', () => {
  const withCells = (frameType: string, values: string) =>
    `{"schema":{"fields":[{"name":"f","typeInfo":{"frame":"${frameType}"}}]},"data":{"values":${values}}}`;
  const cases: [text: string, code: string, message: RegExp][] = [
    ['', 'json_shape', /not an object/],
    ['[]', 'json_shape', /not an object/],
    ['{}', 'json_shape', /no schema/],
    ['{"schema":{"fields":[]}} x', 'json_syntax', /expected the end/],
    ['{"schema":{"fields":[{"name":"f"}]}}', 'json_shape', /field "f".*no known type/],
    ['{"schema":{"fields":[{"name":"f","typeInfo":{"frame":"map"}}]}}', 'json_shape', /unknown typeInfo\.frame "map"/],
    [withCells('int8', '[[1,200]]'), 'json_value', /field "f".*row 1.*200/],
    [withCells('float64', '[["x"]]'), 'json_value', /needs a number/],
    [withCells('float64', '[[0x10]]'), 'json_value', /needs a number/],
    [withCells('float64', '[[1e400]]'), 'json_value', /needs a number/],
    [withCells('float32', '[[-1e400]]'), 'json_value', /needs a number/],
    [withCells('int64', '[[1.5]]'), 'json_value', /whole number/],
    [withCells('int64', '[[9223372036854775808]]'), 'json_value', /field "f".*row 0/],
    [withCells('string', '[[1]]'), 'json_value', /needs text/],
    [withCells('bool', '[["true"]]'), 'json_value', /true or false/],
    [withCells('json', '[[{"a":}]]'), 'json_syntax', /character/],
    [withCells('time.Time', '[[1e300]]'), 'json_value', /no time/],
    [withCells('float64', '[[1],[2]]'), 'json_shape', /more value lists/],
    [withCells('float64', '[[1,2'), 'json_syntax', /expected/],
    ['{"schema":{"fields":[{"type":"number"},{"type":"number"}]},"data":{"values":[[1]]}}', 'json_shape', /1 value lists for 2 fields/],
    ['{"schema":{"fields":[{"type":"number"},{"type":"number"}]},"data":{"values":[[1],[1,2]]}}', 'frame_uneven', /1 rows.*2/],
    ['{"schema":{"fields":[{"type":"number"}]},"data":{"values":[[1]],"entities":[{"NaN":[1]}]}}', 'json_shape', /row 1 of 1/],
  ];
  for (const [text, code, message] of cases) assert.throws(() => decodeFrameJson(text), { name: 'FrameError', code, message }, text);
});

test('deep nesting is no trouble', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  assert.equal(decodeFrameJson(`{"other":${deep},"schema":{"fields":[]}}`).length, 0);
});
