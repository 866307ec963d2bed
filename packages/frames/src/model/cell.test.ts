import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../build/index.ts';
import { type Column, createCellReader, Field, FrameError } from './index.ts';

const readOneByOne = (column: Column) => Array.from({ length: column.length }, (_, row) => createCellReader(column)(row));

test('a whole column of text is read as its cells are, whatever the script and the length', () => {
  const words = ['plain', 'é', '', null, '日本', '😀', 'a'.repeat(300), '\u0000', '\ufeffmark'];
  const mixed = Array.from({ length: 5000 }, (_, row) => (row < 2500 ? `row ${row}` : words[row % words.length]));
  for (const cells of [mixed, mixed.slice(0, 2500), ['x'.repeat(100_000), 'y'], [null]]) {
    const { column } = utf8(cells);
    assert.deepEqual(new Field('', column).toArray(), cells);
    assert.deepEqual(new Field('', column).slice(1, cells.length).toArray(), cells.slice(1));
  }
});

test('text with one byte that is no UTF-8 is read as its cells are', () => {
  const { column } = utf8(['abc', 'def', 'ghi']);
  for (const byte of [0xff, 0xc3, 0x80]) {
    const damaged = { ...column, values: column.values.slice() };
    damaged.values[4] = byte;
    assert.deepEqual(new Field('', damaged).toArray(), readOneByOne(damaged));
  }
});

test('damaged offsets are an error for a whole column as for a cell', () => {
  const { column } = utf8(['abc', 'def', 'ghi']);
  for (const [index, value] of [
    [1, -1],
    [1, 8],
    [2, 2],
    [3, 100],
    [0, -5],
  ] as const) {
    const offsets = Int32Array.from(new Int32Array(column.offsets?.slice().buffer ?? []));
    offsets[index] = value;
    const damaged = { ...column, offsets: new Uint8Array(offsets.buffer) };
    assert.throws(() => new Field('', damaged).toArray(), FrameError);
  }
});
