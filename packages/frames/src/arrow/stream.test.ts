import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import * as flechette from '@uwdata/flechette';
import * as arrow from 'apache-arrow';
import { Builder } from 'flatbuffers';
import { float64, frame, int64, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { concat, END, messagesOf, pieces, streamOf } from '../fixtures/streams.ts';
import type { Frame } from '../model/index.ts';
import { FlatbufferReader } from './flatbuffer-reader.ts';
import { decodeArrow, decodeArrowStream, encodeArrow, encodeArrowStream } from './index.ts';
import { MESSAGE_SLOT } from './layout.ts';

test('every kind, nullable and not, of any number of rows, comes back from a stream as it was', () => {
  for (const rows of [0, 1, 7, 1000]) {
    const sent = sampleFrame(rows);
    assertSameFrame(decodeArrowStream(encodeArrowStream(sent)), sent);
  }
  const nothing = frame('', {});
  assertSameFrame(decodeArrowStream(encodeArrowStream(nothing)), nothing);
});

test('a stream of one batch is read without copying, at any alignment', () => {
  const sent = sampleFrame(20);
  const bytes = encodeArrowStream(sent);
  const memory = new Uint8Array(bytes.length + 3);
  memory.set(bytes, 3);
  const received = decodeArrowStream(memory.subarray(3));
  assertSameFrame(received, sent);
  for (const { column } of received.fields) assert.equal(column.values.buffer, memory.buffer);
});

test('several batches, empty ones too, are joined, whether or not the end is marked', () => {
  const whole = sampleFrame(1000);
  const cuts = [0, 1, 9, 9, 700, 1000];
  const parts = cuts.slice(1).map((end, i) => whole.slice(cuts[i], end));
  const unmarked = streamOf(whole, parts);
  assertSameFrame(decodeArrowStream(unmarked), whole);
  assertSameFrame(decodeArrowStream(concat([unmarked, END])), whole);
  assertSameFrame(decodeArrowStream(concat([unmarked, END, Uint8Array.of(1, 2, 3)])), whole);
  assertSameFrame(decodeArrowStream(concat([unmarked, END.subarray(4)])), whole);
});

test('messages without the continuation of newer writers are read', () => {
  const sent = sampleFrame(5);
  const old = messagesOf(encodeArrowStream(sent)).map((message) => message.subarray(4));
  assertSameFrame(decodeArrowStream(concat([...old, END.subarray(4)])), sent);
});

test('a stream in pieces is the same as in one', async () => {
  const sent = sampleFrame(50);
  const bytes = encodeArrowStream(sent);
  for (const size of [1, 7, 4096, bytes.length]) assertSameFrame(await decodeArrowStream(pieces(bytes, size)), sent);
  assertSameFrame(await decodeArrowStream(new Response(bytes.slice()).body as ReadableStream<Uint8Array>), sent);
});

test('pieces beyond the limit are refused, and the source is let go', async () => {
  let isReleased = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(1000);
    } finally {
      isReleased = true;
    }
  }
  await assert.rejects(decodeArrowStream(endless(), { maxBytes: 5000 }), { code: 'arrow_too_large', message: /5000 bytes.*maxBytes/ });
  assert.ok(isReleased);
});

test('a signal ends the wait for a piece that never comes, and leaves no listener', async () => {
  const controller = new AbortController();
  const waiting = Promise.withResolvers<void>();
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(8);
    waiting.resolve();
    await new Promise(() => {});
  }
  const result = decodeArrowStream(silent(), { signal: controller.signal });
  await waiting.promise;
  controller.abort(new Error('enough'));
  await assert.rejects(result, { message: 'enough' });
  await assert.rejects(decodeArrowStream(silent(), { signal: controller.signal }), { message: 'enough' });
  const quiet = new AbortController();
  await decodeArrowStream(pieces(encodeArrowStream(sampleFrame(1)), 100), { signal: quiet.signal });
  assert.equal(getEventListeners(quiet.signal, 'abort').length, 0);
});

test('file and stream are told apart, and the error names the other function', () => {
  const sent = frame('', { v: float64([1]) });
  assert.throws(() => decodeArrow(encodeArrowStream(sent)), {
    code: 'arrow_unsupported',
    message: /a stream, not a file.*decodeArrowStream/,
  });
  assert.throws(() => decodeArrowStream(encodeArrow(sent)), { code: 'arrow_unsupported', message: /a file, not a stream.*decodeArrow/ });
});

test('messages out of place are refused', () => {
  const [schema, batch] = messagesOf(encodeArrowStream(frame('', { v: int64([1n]) })));
  assert.throws(() => decodeArrowStream(new Uint8Array(0)), { code: 'arrow_truncated', message: /without a schema/ });
  assert.throws(() => decodeArrowStream(END), { code: 'arrow_truncated', message: /without a schema/ });
  assert.throws(() => decodeArrowStream(batch), { code: 'arrow_invalid', message: /does not start with its schema/ });
  assert.throws(() => decodeArrowStream(concat([schema, schema])), { code: 'arrow_invalid', message: /second schema/ });
  const dictionary = batch.slice();
  const reader = new FlatbufferReader(dictionary);
  dictionary[reader.slot(reader.reference(8), MESSAGE_SLOT.headerType)] = 2;
  assert.throws(() => decodeArrowStream(concat([schema, dictionary])), { code: 'arrow_unsupported', message: /type 2/ });
  assert.equal(decodeArrowStream(schema).length, 0);
});

test('a batch of fewer or more columns than its schema is refused or read by the schema alone', () => {
  const [one] = messagesOf(encodeArrowStream(frame('', { a: int64([1n]) })));
  const [two, batch] = messagesOf(encodeArrowStream(frame('', { a: int64([1n]), b: int64([2n]) })));
  const [, short] = messagesOf(encodeArrowStream(frame('', { a: int64([1n]) })));
  assert.throws(() => decodeArrowStream(concat([two, short])), { code: 'arrow_invalid', message: /field "b".*columns lacks one/ });
  assert.deepEqual(decodeArrowStream(concat([one, batch])).fields[0].toArray(), [1n]);
});

test('every truncation of a stream is an error, but for those between two messages', () => {
  const bytes = encodeArrowStream(sampleFrame(5));
  const [schema, batch] = messagesOf(bytes).map((message) => message.length);
  for (let length = 0; length < schema + batch; length++) {
    if (length === schema) assert.equal(decodeArrowStream(bytes.subarray(0, length)).length, 0);
    else assert.throws(() => decodeArrowStream(bytes.subarray(0, length)), { name: 'FrameError' }, `${length} bytes`);
  }
});

test('a claim of a billion rows, or of bytes beyond the end, costs nothing', () => {
  const bytes = encodeArrowStream(frame('', { v: float64([1, 2]), s: utf8(['a', 'b']) }));
  const [schema, batch] = messagesOf(bytes);
  for (const from of [2n, 16n])
    for (const claim of [1_000_000_000n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -1n]) {
      const lying = batch.slice();
      const view = new DataView(lying.buffer);
      for (let at = 8; at + 8 <= lying.length; at += 4) if (view.getBigInt64(at, true) === from) view.setBigInt64(at, claim, true);
      assert.throws(() => decodeArrowStream(concat([schema, lying])), { name: 'FrameError' });
    }
});

test('a schema of twenty thousand nested lists is refused by field', () => {
  const nested = schemaMessage((builder) => {
    let list = 0;
    for (let depth = 0; depth < 20_000; depth++) {
      const children = depth === 0 ? 0 : vector(builder, [list]);
      const name = builder.createString(`l${depth}`);
      builder.startObject(0);
      const type = builder.endObject();
      builder.startObject(7);
      builder.addFieldOffset(0, name, 0);
      builder.addFieldInt8(2, 12, 0);
      builder.addFieldOffset(3, type, 0);
      if (children !== 0) builder.addFieldOffset(5, children, 0);
      list = builder.endObject();
    }
    return vector(builder, [list]);
  });
  assert.throws(() => decodeArrowStream(nested), { code: 'arrow_unsupported', message: /"l19999".*List/ });
});

test('references of a schema that lead nowhere, to themselves or in circles are errors', () => {
  const bytes = encodeArrowStream(frame('', { v: int64([1n]) }));
  const [schema] = messagesOf(bytes);
  for (let at = 8; at + 4 <= schema.length; at += 4)
    for (const word of [0, 4, -4, at, 0x7fffffff]) {
      const loop = bytes.slice();
      new DataView(loop.buffer).setInt32(at, word, true);
      try {
        decodeArrowStream(loop).fields[0]?.toArray();
      } catch (error) {
        assert.equal((error as Error).name, 'FrameError', `${word} at ${at}: ${error}`);
      }
    }
});

test('apache-arrow and flechette read our stream as they read our file', () => {
  const sent = sampleFrame(30);
  const stream = encodeArrowStream(sent);
  for (const read of [
    (bytes: Uint8Array) => arrow.tableFromIPC(bytes),
    (bytes: Uint8Array) => flechette.tableFromIPC(bytes, { useBigInt: true }),
  ]) {
    const [fromStream, fromFile] = [read(stream), read(encodeArrow(sent))];
    assert.equal(fromStream.numRows, 30);
    for (let i = 0; i < sent.fields.length; i++)
      assert.deepEqual(Array.from(fromStream.getChildAt(i) ?? []), Array.from(fromFile.getChildAt(i) ?? []), sent.fields[i].name);
  }
});

test('what apache-arrow and flechette write is read, in several batches, too', () => {
  const columns = { n: Float64Array.of(1, Number.NaN, -0), i: BigInt64Array.of(1n, -(2n ** 63n), 2n ** 63n - 1n) };
  const table = arrow.tableFromArrays(columns);
  const twice = table.concat(table);
  for (const [made, rows] of [
    [table, 1],
    [twice, 2],
  ] as const) {
    const expected = [columns.n, columns.i].map((cells) => Array.from({ length: rows }, () => [...cells]).flat());
    const read = (received: Frame) => received.fields.map((field) => field.toArray());
    assert.deepEqual(read(decodeArrowStream(arrow.tableToIPC(made, 'stream'))), expected);
    assert.deepEqual(read(decodeArrow(arrow.tableToIPC(made, 'file'))), expected);
    const again = flechette.tableFromIPC(arrow.tableToIPC(made, 'stream'), { useBigInt: true });
    assert.deepEqual(read(decodeArrowStream(flechette.tableToIPC(again, { format: 'stream' }) as Uint8Array)), expected);
    assert.deepEqual(read(decodeArrow(flechette.tableToIPC(again, { format: 'file' }) as Uint8Array)), expected);
  }
});

test('the dictionaries that other writers make of text are refused by field, as Grafana refuses them', () => {
  const table = arrow.tableFromArrays({ host: ['a', 'b', 'a'] });
  for (const read of [() => decodeArrow(arrow.tableToIPC(table, 'file')), () => decodeArrowStream(arrow.tableToIPC(table, 'stream'))])
    assert.throws(read, { code: 'arrow_unsupported', message: /field "host".*dictionary.*use integers, floats, Utf8/ });
});

function schemaMessage(fields: (builder: Builder) => number): Uint8Array {
  const builder = new Builder(1024);
  const vectorOffset = fields(builder);
  builder.startObject(3);
  builder.addFieldOffset(1, vectorOffset, 0);
  const schema = builder.endObject();
  builder.startObject(5);
  builder.addFieldOffset(MESSAGE_SLOT.header, schema, 0);
  builder.addFieldInt8(MESSAGE_SLOT.headerType, 1, 0);
  builder.finish(builder.endObject());
  const metadata = builder.asUint8Array();
  const message = new Uint8Array(8 + metadata.length);
  new DataView(message.buffer).setUint32(0, 0xffffffff, true);
  new DataView(message.buffer).setInt32(4, metadata.length, true);
  message.set(metadata, 8);
  return message;
}

function vector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets) builder.addOffset(offset);
  return builder.endVector();
}
