import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32, float64, frame } from '../build/index.ts';
import { createRandom } from '../fixtures/sample-frames.ts';
import { frameToJson } from '../json/index.ts';

const ROUNDS = 6;
const ROWS = 20_000;

test('doubles of every sort have exactly the digits that the engine gives them', () => {
  const random = createRandom(11);
  const cells = new Float64Array(ROWS);
  const words = new Uint32Array(cells.buffer);
  const fill: ((row: number) => void)[] = [
    (row) => words.set([random() * 2 ** 32, random() * 2 ** 32], row * 2),
    (row) => (cells[row] = (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)),
    (row) => words.set([random() * 2 ** 32, (random() * 2 ** 20) >> Math.floor(random() * 20)], row * 2),
    (row) => (cells[row] = Math.round(random() * 1e9) * 10 ** -Math.floor(random() * 12)),
    (row) => words.set([random() * 4 - 2, Math.floor(random() * 2047) * 2 ** 20 + (random() < 0.5 ? 0 : 0xfffff)], row * 2),
    (row) => (cells[row] = Math.floor((random() - 0.5) * 2 ** Math.floor(random() * 64))),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (let row = 0; row < ROWS; row++) {
      fill[round](row);
      if (!Number.isFinite(cells[row])) cells[row] = random();
    }
    const texts = cellTexts(float64(cells));
    for (let row = 0; row < ROWS; row++) {
      const expected = Object.is(cells[row], -0) ? '-0' : JSON.stringify(cells[row]);
      assert.equal(texts[row].replace(/e([+-])0(\d)$/, 'e$1$2'), expected);
      assert.ok(Object.is(Number(texts[row]), cells[row]));
    }
  }
});

test('floats of 32 bits read back as themselves, in as few digits as can', () => {
  const random = createRandom(12);
  const cells = new Float32Array(ROWS);
  const bits = new Uint32Array(cells.buffer);
  for (let row = 0; row < ROWS; row++) {
    bits[row] = row < 600 ? (row % 255) * 2 ** 23 + (row >> 8) : random() * 2 ** 32;
    if (!Number.isFinite(cells[row])) cells[row] = random();
  }
  const texts = cellTexts(float32(cells));
  for (let row = 0; row < ROWS; row++) {
    assert.ok(Object.is(Math.fround(Number(texts[row])), cells[row]), `${texts[row]} for ${cells[row]}`);
    const digits = texts[row].replace(/e.*$|[-.]/g, '').replace(/^0+|0+$/g, '').length;
    if (digits > 1)
      assert.notEqual(Math.fround(Number(cells[row].toPrecision(digits - 1))), cells[row], `${texts[row]} has digits to spare`);
  }
});

test('floats have an exponent where Go and JavaScript write one', () => {
  const cells = [1e21, 1e20, 1e-6, 1e-7, 123e-9, -1.5e300, 5e-324];
  assert.deepEqual(cellTexts(float64(cells)), ['1e+21', '100000000000000000000', '0.000001', '1e-07', '1.23e-07', '-1.5e+300', '5e-324']);
  assert.deepEqual(cellTexts(float32([Math.fround(0.1), 16777216, Math.fround(3.4e38)])), ['0.1', '16777216', '3.4e+38']);
  // Powers of two, and a decision that is left to the engine.
  assert.deepEqual(cellTexts(float64([2 ** -29, 2 ** -40, 1.7881393432617188e-7, 2 ** 70])), [
    '1.862645149230957e-09',
    '9.094947017729282e-13',
    '1.7881393432617188e-07',
    '1.1805916207174113e+21',
  ]);
  assert.deepEqual(cellTexts(float32([2 ** -29])), ['1.8626451e-09']);
  // 0.4999998 units from the candidates' middle: no tie.
  assert.deepEqual(cellTexts(float32([Math.fround(-8.7351485e-29)])), ['-8.7351485e-29']);
});

test('a power of two of 32 bits takes the shorter decimal above it where the nearest, below it, reads back as another', () => {
  // As Go writes it; 1.2621774e-29 is nearer, and another float.
  assert.deepEqual(cellTexts(float32([2 ** -96])), ['1.2621775e-29']);
});

function cellTexts(column: ReturnType<typeof float64>): string[] {
  const json = frameToJson(frame('', { v: column }), { include: 'data' });
  return json.slice('{"data":{"values":[['.length, -']]}}'.length).split(',');
}
