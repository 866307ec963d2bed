import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Get, type Mutable, messageCodec, NO_BYTES, type Put, recurring, type StringMap, type Unknowns } from './index.ts';

interface Inner extends Unknowns {
  readonly text: string;
  readonly raw: Uint8Array;
  readonly map: StringMap;
}

interface Outer extends Unknowns {
  readonly inner?: Inner | undefined;
  readonly id: number;
}

const getInner: Get<Inner> = recurring('Inner', (reader, target = { text: '', raw: NO_BYTES, map: {} }) => {
  const message: Mutable<Inner> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.text = reader.string();
    else if (field === 2) message.raw = reader.bytes();
    else if (field === 3) reader.mapEntry(message.map);
    else reader.unknown(message);
  }
  return message;
});

const putInner: Put<Inner> = (sink, message) => {
  sink.string(1, message.text);
  sink.bytes(2, message.raw);
  for (const [key, value] of Object.entries(message.map ?? {})) {
    const entry = sink.begin(3);
    sink.anyString(1, key);
    sink.anyString(2, value ?? '');
    sink.end(entry);
  }
};

const getOuter: Get<Outer> = (reader, target = { inner: undefined, id: 0 }) => {
  const message: Mutable<Outer> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.inner = reader.message(getInner, message.inner);
    else if (field === 2) message.id = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

const codec = messageCodec<Outer>('Outer', getOuter, (sink, message) => {
  sink.message<Inner>(1, message.inner, putInner);
  sink.int32(2, message.id);
});

const inner = (text: string) => ({ text, raw: Buffer.from(text), map: { key: text } });
const read = (text: string, id = 1) => codec.decode(codec.encode({ inner: inner(text), id }));

test('a message that comes again octet for octet is the same object, another one is not', () => {
  const [first, again, other, third] = [read('one'), read('one', 2), read('two'), read('one', 3)];
  assert.equal(first.inner, again.inner);
  assert.equal(first.inner, third.inner);
  assert.deepEqual([first.id, again.id, third.id], [1, 2, 3]);
  assert.equal(other.inner?.text, 'two');
  assert.deepEqual(other.inner?.map, { key: 'two' });
});

test('what is shared cannot be changed, and does not lie in the memory of the message it came in', () => {
  const bytes = codec.encode({ inner: inner('shared'), id: 1 });
  const message = codec.decode(bytes).inner as Inner;
  bytes.fill(0);
  assert.equal(Buffer.from(message.raw).toString(), 'shared');
  assert.equal(read('shared').inner, message);
  assert.ok(Object.isFrozen(message) && Object.isFrozen(message.map));
});

test('a second occurrence is merged into a copy, so that nobody else sees it', () => {
  const shared = read('merged').inner;
  const twice = codec.decode(Buffer.concat([codec.encode({ inner: inner('merged') }), codec.encode({ inner: { map: { more: 'x' } } })]));
  assert.deepEqual(twice.inner?.map, { key: 'merged', more: 'x' });
  assert.deepEqual(shared?.map, { key: 'merged' });
  assert.equal(read('merged').inner, shared);
});

test('only some are kept, the latest ones, and none of those that are large', () => {
  const first = read('message 0').inner;
  for (let i = 1; i <= 16; i++) read(`message ${i}`);
  assert.notEqual(read('message 0').inner, first);
  assert.equal(read('message 16').inner, read('message 16').inner);
  const large = 'x'.repeat(20_000);
  assert.notEqual(read(large).inner, read(large).inner);
});

test('one that is malformed is refused each time', () => {
  for (let i = 0; i < 3; i++) assert.throws(() => codec.decode(Uint8Array.of(0x0a, 2, 0x0a, 9)), { code: 'message_malformed' });
});
