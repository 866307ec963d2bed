import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText } from './text.ts';

test('text is decoded as UTF-8, with a byte order mark kept', () => {
  for (const text of ['', 'plain', 'é日本😀', '\ufeffmark', `${'long '.repeat(10)}é`, 'a\ufffdb', '\u{10ffff}\u{d7ff}\u{e000}'])
    assert.equal(decodeText(new TextEncoder().encode(text)), text);
});

test('of what is not UTF-8, every byte becomes one U+FFFD', () => {
  for (const [bytes, expected] of [
    [[0xff, 0xfe], '\ufffd\ufffd'],
    [[0x61, 0x80, 0x62], 'a\ufffdb'],
    [[0xf0, 0x9f, 0x98], '\ufffd\ufffd\ufffd'],
    [[0xf0, 0x9f, 0x98, 0xc3, 0xa9], '\ufffd\ufffd\ufffdé'],
    [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    [[0xc0, 0x80], '\ufffd\ufffd'],
    [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    [[0xe2, 0x82, 0x41], '\ufffd\ufffdA'],
  ] as const)
    assert.equal(decodeText(Uint8Array.from(bytes)), expected, bytes.join(' '));
});
