import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frame, json, utf8 } from '../build/index.ts';
import { encodeFrameJson, frameToJson } from '../json/index.ts';
import { type Column, encodeText, Field, Frame } from '../model/index.ts';
import { cutBefore } from './escape.ts';
import { scanJson } from './json-scan.ts';

test('any strings come out as JSON that reads back as them', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 40 }))), (cells) => {
      assert.deepEqual(valuesOf(frame('', { s: utf8(cells) })), cells);
    }),
    { seed: 2, numRuns: 1000 },
  );
});

test('every byte at every position of a word is escaped where it must be', () => {
  const cells: string[] = [];
  for (let code = 0; code < 256; code++)
    for (let before = 0; before < 5; before++) cells.push('x'.repeat(before) + String.fromCharCode(code) + 'y'.repeat(4 - before));
  assert.deepEqual(valuesOf(frame('', { s: utf8(cells) })), cells);
});

test('strings longer than the block are written in pieces, whole characters each', () => {
  const cells = [
    'short',
    '\u0001'.repeat(70_000),
    'x'.repeat(43_690),
    'x'.repeat(43_691),
    'y'.repeat(65_537),
    '😀日é'.repeat(100_000),
    '',
    `${'z'.repeat(32_766)}😀${'z'.repeat(32_766)}`,
    'end',
  ];
  assert.deepEqual(valuesOf(frame('', { s: utf8(cells) })), cells);
  for (const block of encodeFrameJson(frame('', { s: utf8(cells) }))) assert.ok(block.length <= 262144 + 64);
});

test('nulls between long strings stay nulls', () => {
  const cells = ['a'.repeat(60_000), null, null, 'b'.repeat(60_000), null];
  assert.deepEqual(valuesOf(frame('', { s: utf8(cells) })), cells);
});

test('what is not UTF-8 becomes U+FFFD, one for each byte, as in Go', () => {
  const cells = [
    [0x61, 0xff, 0x62],
    [0xc3],
    [0xa9],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x8f, 0x80, 0x80],
    [0xc0, 0xaf],
    [0xf4, 0x90, 0x80, 0x80],
  ];
  const values = valuesOf(textFrame('string', cells));
  assert.deepEqual(values, [
    'a\ufffdb',
    '\ufffd',
    '\ufffd',
    '\ufffd\ufffd',
    '\ufffd'.repeat(3),
    '\ufffd'.repeat(4),
    '\ufffd'.repeat(2),
    '\ufffd'.repeat(4),
  ]);
});

test('a character is never cut, and stray continuation bytes do not hold up the cut', () => {
  const text = encodeText('ab😀');
  assert.deepEqual(
    [2, 3, 4, 5].map((end) => cutBefore(text, end)),
    [2, 2, 2, 2],
  );
  assert.equal(cutBefore(new Uint8Array(20).fill(0x80), 10), 10);
});

test('json cells are written as they are; what is no JSON becomes null', () => {
  const cells = ['{"a": 1 }', '', ' [1,2] ', '{', '{} x', '01', '"\t"', '"é"', 'nul', '12345678901234567890', '{"a":1,}', '"\\u12"'];
  const json1 = frameToJson(frame('', { j: json(cells, { raw: true }) }), { include: 'data' });
  assert.equal(json1, '{"data":{"values":[[{"a": 1 },null, [1,2] ,null,null,null,null,"é",null,12345678901234567890,null,null]]}}');
});

test('json cells with numbers beyond a double become null, as in Go; long ones without exponent do not', () => {
  const digits = '9'.repeat(400);
  const cells = ['1e308', '1e309', '{"a":[-1E+400]}', '1e-400', `${digits}e9`, digits, '1e10'];
  const written = frameToJson(frame('', { j: json(cells, { raw: true }) }), { include: 'data' });
  assert.equal(written, `{"data":{"values":[[1e308,null,null,1e-400,null,${digits},1e10]]}}`);
});

test('json cells larger than the block, and ones that are not UTF-8, come out whole and valid', () => {
  const big = JSON.stringify({ text: 'é😀 "x" '.repeat(60_000) });
  const ascii = JSON.stringify('a'.repeat(600_000));
  const values = valuesOf(frame('', { j: json([big, ascii, '1'], { raw: true }) }));
  assert.deepEqual(values, [JSON.parse(big), JSON.parse(ascii), 1]);
  assert.deepEqual(valuesOf(textFrame('json', [[0x22, 0xff, 0x22]])), ['\ufffd']);
});

test('the scanner takes what JSON.parse takes, and nothing else', () => {
  const fragments = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    '\\u00e9',
    '1',
    '-',
    '0',
    '.',
    'e',
    '+',
    'true',
    'null',
    ' ',
    'é',
    '\n',
    '\t',
  );
  const documents = fc.oneof(
    fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.json(),
    fc.json().map((text) => text.replace(/[\]}]$/, ',')),
  );
  fc.assert(
    fc.property(documents, (text) => {
      const bytes = encodeText(`#${text}#`);
      assert.equal(scanJson(bytes, 1, bytes.length - 1) !== 0, parses(text), text);
    }),
    { seed: 3, numRuns: 5000 },
  );
  assert.equal(scanJson(encodeText('['.repeat(10_001)), 0, 10_001), 0);
});

function valuesOf(source: Frame): unknown[] {
  return JSON.parse(frameToJson(source)).data.values[0];
}

function textFrame(kind: 'string' | 'json', cells: readonly (readonly number[])[]): Frame {
  const offsets = Int32Array.from([0, ...cells.map((_, i) => cells.slice(0, i + 1).flat().length)]);
  const column: Column = {
    kind,
    nullable: false,
    length: cells.length,
    values: Uint8Array.from(cells.flat()),
    offsets: new Uint8Array(offsets.buffer),
    validity: undefined,
    bitOffset: 0,
  };
  return new Frame('', [new Field('s', column)]);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
