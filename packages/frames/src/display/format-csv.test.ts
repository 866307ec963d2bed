import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bool, enumeration, float32, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { type CsvOptions, formatCsv, toJsonRows } from './index.ts';

const csv = (source: ReturnType<typeof frame>, options?: CsvOptions) => [...formatCsv(source, options)].join('');

test('a frame becomes CSV: names, exact values, empty cells for null, quotes where needed', () => {
  const source = frame('', {
    Time: time.fromNanos([0n, 1_700_000_000_123_456_789n]),
    v: float64([0.1, null], { labels: { host: 'a', dc: 'b' } }),
    n: int64([2n ** 63n - 1n, null]),
    s: utf8(['say "hi"', '']),
    state: enumeration([0, 9], { config: { type: { enum: { text: ['a,b'] } } } }),
    up: bool([true, null]),
    j: json([{ a: 1 }, null]),
  });
  assert.equal(
    csv(source),
    'Time,"v{dc=b, host=a}",n,s,state,up,j\r\n' +
      '1970-01-01T00:00:00.000Z,0.1,9223372036854775807,"say ""hi""","a,b",true,"{""a"":1}"\r\n' +
      '2023-11-14T22:13:20.123456789Z,,,"",9,,\r\n',
  );
  assert.equal(csv(source.slice(1), { header: false, delimiter: ';', times: 'ms' }), '1700000000123;;;"";9;;\r\n');
  assert.ok(csv(source, { times: 'ns' }).includes('\r\n1700000000123456789,'));
});

test('cells can be written as they are shown', () => {
  const source = frame('', { v: float64([1536, null], { config: { unit: 'bytes', displayName: 'Size' } }) });
  assert.equal(csv(source, { formatted: true }), 'Size\r\n1.50 KiB\r\n\r\n');
});

test('formulas of strangers are disarmed when asked', () => {
  const source = frame('', { '=x': utf8(['=1+1', '+1', '-1', '@a', '\tb', 'a=1', '＝1']), v: float64([-1, 0, 0, 0, 0, 0, 0]) });
  assert.equal(csv(source, { escapeFormulas: true }), "'=x,v\r\n'=1+1,-1\r\n'+1,0\r\n'-1,0\r\n'@a,0\r\n'\tb,0\r\na=1,0\r\n'＝1,0\r\n");
  assert.ok(csv(source).startsWith('=x,v\r\n=1+1,-1\r\n'));
});

test('a delimiter that would break the file is refused', () => {
  for (const delimiter of ['', '"', '\n', '\r', 'ab']) assert.throws(() => csv(frame('', {}), { delimiter }), TypeError);
  assert.equal(csv(frame('', {})), '');
  assert.equal(csv(frame('', { a: utf8([]) })), 'a\r\n');
});

test('long frames come in chunks of whole lines', () => {
  const source = frame('', { v: float64(Array.from({ length: 3000 }, (_, i) => i)) });
  const chunks = [...formatCsv(source)];
  assert.equal(chunks.length, 3);
  assert.ok(chunks.every((chunk) => chunk.endsWith('\r\n')));
  assert.equal(chunks.join('').split('\r\n').length, 3002);
});

test('whatever text the cells hold, a reader of CSV gets it back', () => {
  const text = fc.option(fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n', ' ', 'é', '😀', ';') }));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 20 }), fc.constantFrom(',', ';', '\t'), (rows, delimiter) => {
      const source = frame('', { a: utf8(rows.map(([a]) => a)), b: utf8(rows.map(([, b]) => b)) });
      assert.deepEqual(parseCsv(csv(source, { delimiter, header: false }), delimiter), rows);
    }),
    { numRuns: 200 },
  );
});

test('rows become plain objects that JSON can hold', () => {
  const source = frame('', [
    ['t', time.fromNanos([1_000_001n])],
    ['v', float64([Number.NaN], { labels: { host: 'a' } })],
    ['v', float64([1.5], { labels: { host: 'b' } })],
    ['n', int64([2n ** 53n + 1n])],
    ['state', enumeration([0], { config: { type: { enum: { text: ['ok'] } } } })],
    ['j', json([{ a: [1] }])],
    ['bad', json(['{'], { raw: true })],
    ['__proto__', utf8(['x'])],
    ['v{host=a}', bool([true])],
  ]);
  const [row] = toJsonRows(source);
  assert.equal(
    JSON.stringify(row),
    '{"t":"1970-01-01T00:00:00.001000001Z","v{host=a}":null,"v{host=b}":1.5,"n":9007199254740992,"state":"ok",' +
      '"j":{"a":[1]},"bad":null,"__proto__":"x","v{host=a} 2":true}',
  );
  const [exact] = toJsonRows(source, { bigIntegers: 'string', times: 'ns' });
  assert.deepEqual([exact.n, exact.t], ['9007199254740993', '1000001']);
  assert.equal([...toJsonRows(source, { times: 'ms' })][0].t, 1);
});

test('floats of 32 bits have the digits of frame JSON', () => {
  const source = frame('', { v: float32([0.1, null]) });
  assert.deepEqual([...formatCsv(source)], ['v\r\n0.1\r\n\r\n']);
  assert.deepEqual([...toJsonRows(source)], [{ v: 0.1 }, { v: null }]);
});

test('every kind goes through CSV and JSON rows', () => {
  const source = sampleFrame(50);
  assert.equal([...toJsonRows(source)].length, 50);
  for (const row of toJsonRows(source)) assert.equal(Object.keys(JSON.parse(JSON.stringify(row))).length, source.fields.length);
  const strings = source.fields.findIndex(({ name }) => name === 'string?');
  const parsed = parseCsv(csv(source), ',');
  assert.deepEqual(
    parsed.slice(1).map((cells) => cells[strings]),
    source.fields[strings].toArray(),
  );
});

/** A reader of RFC 4180 that tells an empty cell (null) from a quoted empty one. */
function parseCsv(text: string, delimiter: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let cells: (string | null)[] = [];
  for (let at = 0; at < text.length; ) {
    let cell: string | null = null;
    if (text[at] === '"') {
      cell = '';
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    } else
      while (text[at] !== delimiter && text[at] !== '\r') {
        cell = (cell ?? '') + text[at];
        at++;
      }
    cells.push(cell);
    if (text[at] === delimiter) {
      at++;
      continue;
    }
    assert.equal(text.slice(at, at + 2), '\r\n');
    at += 2;
    rows.push(cells);
    cells = [];
  }
  return rows;
}

test('twenty thousand fields of one name get names of their own in good time', () => {
  const fields = Array.from({ length: 20_000 }, () => ['v', float64([1])] as const);
  const [row] = toJsonRows(frame('', [...fields, ['v 3', float64([2])]]));
  assert.equal(Object.keys(row).length, 20_001);
  assert.deepEqual(Object.keys(row).slice(0, 3), ['v', 'v 2', 'v 3']);
  assert.equal(row['v 3 2'], 2);
});

test('long cells end a chunk early, and every chunk is whole lines', () => {
  const long = 'x'.repeat(400_000);
  const chunks = [...formatCsv(frame('', { s: utf8(Array.from({ length: 10 }, () => long)) }))];
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [3 + 3 * (long.length + 2), 3 * (long.length + 2), 3 * (long.length + 2), long.length + 2],
  );
  assert.ok(chunks.every((chunk) => chunk.endsWith('\r\n')));
});
