import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeArrow, encodeArrow } from '../arrow/index.ts';
import { buildColumn, field, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleCells, sampleField, sampleFrame } from '../fixtures/sample-frames.ts';
import { FIELD_KINDS, type Field, type FieldKind, Frame, FrameError } from '../model/index.ts';
import { joinBlocks } from './encode-frame.ts';
import { decodeFrameJson, encodeFrameJson, frameToJson } from './index.ts';

test('every kind, nullable and not, of 0, 1, 7 and 1000 rows, comes back from JSON as it was', () => {
  for (const kind of FIELD_KINDS)
    for (const nullable of [false, true])
      for (const rows of [0, 1, 7, 1000]) {
        const sent = new Frame('n', [sampleField(kind, rows, { nullable })], { refId: 'A' });
        const text = frameToJson(sent);
        JSON.parse(text);
        assertSameFrame(decodeFrameJson(text), sent);
      }
});

test('frames of one decoded schema are written in the parts and with the refId asked for, in any order', () => {
  const file = encodeArrow(frame('n', { v: float64([1]) }));
  const schema = (refId: string) => `{"schema":{"name":"n",${refId}"fields":[{"name":"v","type":"number","typeInfo":{"frame":"float64"}}]}`;
  for (let round = 0; round < 2; round++) {
    assert.equal(frameToJson(decodeArrow(file)), `${schema('')},"data":{"values":[[1]]}}`);
    assert.equal(frameToJson(decodeArrow(file), { include: 'data' }), '{"data":{"values":[[1]]}}');
    assert.equal(frameToJson(decodeArrow(file), { include: 'schema' }), `${schema('')}}`);
    assert.equal(frameToJson(decodeArrow(file), { include: 'schema', defaultRefId: 'A' }), `${schema('"refId":"A",')}}`);
    assert.equal(frameToJson(decodeArrow(file), { include: 'schema', defaultRefId: 'B' }), `${schema('"refId":"B",')}}`);
  }
});

test('between two blocks lie at most 8192 rows, however little they take', () => {
  for (const column of [utf8(Array(30_000).fill('')), json(Array(30_000).fill('1'), { raw: true }), float64(new Float64Array(30_000))]) {
    const commas = Array.from(
      encodeFrameJson(frame('', { v: column }), { include: 'data' }),
      (block) => block.filter((byte) => byte === 44).length,
    );
    assert.equal(
      commas.reduce((sum, count) => sum + count),
      29_999,
    );
    assert.ok(Math.max(...commas) <= 8192, `${commas}`);
  }
});

test('columns around the block boundary have all their rows', () => {
  for (const rows of [8191, 8192, 8193, 16384, 20000]) {
    const sent = new Frame(
      '',
      FIELD_KINDS.map((kind) => sampleField(kind, rows, { nullable: rows % 2 === 1, seed: rows })),
    );
    assertSameFrame(decodeFrameJson(frameToJson(sent)), sent);
  }
});

test('a frame decoded from Arrow at any alignment gives the same JSON', () => {
  const sent = sampleFrame(100);
  const expected = frameToJson(sent);
  const bytes = encodeArrow(sent);
  for (let shift = 0; shift < 8; shift++) {
    const memory = new Uint8Array(bytes.length + shift);
    memory.set(bytes, shift);
    assert.equal(frameToJson(decodeArrow(memory.subarray(shift))), expected);
  }
});

test('slices give the JSON of their rows', () => {
  const kind: FieldKind[] = ['bool', 'float64', 'string', 'json', 'int8', 'time'];
  const whole = new Frame(
    '',
    kind.map((k) => sampleField(k, 50, { nullable: true })),
  );
  const values = JSON.parse(frameToJson(whole)).data.values as unknown[][];
  for (const start of [0, 1, 5, 8, 17])
    assert.deepEqual(
      JSON.parse(frameToJson(whole.slice(start, 40))).data.values,
      values.map((column) => column.slice(start, 40)),
    );
});

test('generators can take turns at every block', () => {
  const frames = [1, 2, 3].map(
    (seed) =>
      new Frame(
        '',
        FIELD_KINDS.map((kind) => sampleField(kind, 17_000 + seed, { nullable: seed === 2, seed })),
      ),
  );
  const expected = frames.map((source) => frameToJson(source));
  const parts: Uint8Array[][] = frames.map(() => []);
  const running = frames.map((source) => encodeFrameJson(source));
  for (let open = running.length; open > 0; ) {
    open = 0;
    for (const [i, generator] of running.entries()) {
      const { value, done } = generator.next();
      if (done) continue;
      parts[i].push(value.slice());
      open++;
    }
  }
  assert.deepEqual(parts.map(joinBlocks), expected);
});

test('include leaves out the other part', () => {
  const source = frame('x', { v: float64([1]) });
  assert.equal(frameToJson(source, { include: 'data' }), '{"data":{"values":[[1]]}}');
  assert.equal(
    frameToJson(source, { include: 'schema' }),
    '{"schema":{"name":"x","fields":[{"name":"v","type":"number","typeInfo":{"frame":"float64"}}]}}',
  );
});

test('entities name the rows of NaN and infinities, over any number of blocks', () => {
  const cells = Array.from({ length: 100_000 }, (_, row) =>
    row === 0 ? Number.NaN : row < 30_000 ? -1 / 0 : row === 99_999 ? 1 / 0 : row,
  );
  const parsed = JSON.parse(frameToJson(frame('', { a: float64([...cells]), b: float64(new Float64Array(100_000)) })));
  assert.deepEqual(parsed.data.entities[0].NaN, [0]);
  assert.deepEqual(parsed.data.entities[0].Inf, [99_999]);
  assert.equal(parsed.data.entities[0].NegInf.length, 29_999);
  assert.equal(parsed.data.entities[1], null);
  assert.equal(parsed.data.values[0][99_999], null);
});

test('nanoseconds are rounded down, also before 1970', () => {
  const text = frameToJson(frame('', { t: time.fromNanos([-1n, 0n, 1_000_001n, null]), u: time.fromMillis([1, 2, 3, 4]) }), {
    include: 'data',
  });
  assert.equal(text, '{"data":{"values":[[-1,0,1,null],[1,2,3,4]],"nanos":[[999999,0,1,0],null]}}');
});

test('random frames survive Arrow and JSON', () => {
  const fields = fc.array(
    fc.record({
      kind: fc.constantFrom(...FIELD_KINDS),
      nullable: fc.boolean(),
      name: fc.string({ unit: 'grapheme', maxLength: 8 }),
      unit: fc.option(fc.string()),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(fields, fc.nat(300), fc.nat(1000), fc.string(), (specs, rows, seed, name) => {
      const sent = new Frame(
        name,
        specs.map(({ kind, nullable, name: fieldName, unit }): Field => {
          const column = buildColumn(kind, sampleCells(kind, rows, { nullable, seed }), {
            nullable,
            ...(unit ? { config: { unit }, labels: { unit } } : {}),
          });
          return field(fieldName, column);
        }),
      );
      assertSameFrame(decodeArrow(encodeArrow(sent)), sent);
      assertSameFrame(decodeFrameJson(frameToJson(sent)), sent);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('damaged frame JSON ends in a FrameError or a frame', () => {
  const text = frameToJson(
    new Frame(
      'n',
      FIELD_KINDS.map((kind) => sampleField(kind, 4, { nullable: true })),
    ),
  );
  const splice = fc.record({
    at: fc.nat(text.length),
    remove: fc.nat(4),
    insert: fc.constantFrom('', '"', '[', ']', '{', '}', ',', 'null', '1e400', '-', '\\', 'x'),
  });
  fc.assert(
    fc.property(fc.array(splice, { minLength: 1, maxLength: 3 }), (splices) => {
      let damaged = text;
      for (const { at, remove, insert } of splices) damaged = damaged.slice(0, at) + insert + damaged.slice(at + remove);
      try {
        frameToJson(decodeFrameJson(damaged));
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
      }
    }),
    { seed: 5, numRuns: 3000 },
  );
});

test('a text column is the same as text and as bytes', () => {
  const sent = frame('', { s: utf8(['é']), i: int64([1n]), j: json([{ a: 1 }]) });
  assertSameFrame(decodeFrameJson(new TextEncoder().encode(frameToJson(sent))), sent);
});
