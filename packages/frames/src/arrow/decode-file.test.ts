import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { concat } from '../fixtures/streams.ts';
import { encodeFrameJson } from '../json/index.ts';
import { assertIntact, type Frame, FrameError } from '../model/index.ts';
import { CopyBudget } from './copy-budget.ts';
import { schemaText } from './encode-schema.ts';
import { FlatbufferReader } from './flatbuffer-reader.ts';
import { flattenViews } from './flatten-views.ts';
import { decodeArrow, encodeArrow } from './index.ts';
import { BATCH_SLOT, FIELD_SLOT, FOOTER_SLOT, MESSAGE_SLOT, PAIR_BYTES, SCHEMA_SLOT } from './layout.ts';
import { createFooter } from './template.ts';

test('several batches are joined, with and without nulls, empty ones too', () => {
  const whole = sampleFrame(1000);
  const cuts = [0, 1, 9, 9, 700, 1000];
  const parts = cuts.slice(1).map((end, i) => whole.slice(cuts[i], end));
  assertSameFrame(decodeArrow(joinFiles(whole, parts)), whole);
});

test('a stream is refused with the way out', () => {
  const stream = encodeArrow(frame('', { v: float64([1]) })).subarray(8, -30);
  assert.throws(() => decodeArrow(stream), { code: 'arrow_unsupported', message: /a stream.*file format/ });
});

test('types that Grafana refuses are refused by name', () => {
  for (const [type, name] of [
    [7, 'Decimal'],
    [8, 'Date'],
    [12, 'List'],
    [20, 'LargeUtf8'],
    [18, 'Duration'],
  ] as const) {
    const bytes = encodeArrow(frame('', { 'my field': utf8(['a']) }));
    const { reader, field } = firstField(bytes);
    bytes[reader.slot(field, FIELD_SLOT.typeType)] = type;
    assert.throws(() => decodeArrow(bytes), { code: 'arrow_unsupported', message: new RegExp(`"my field".*Arrow type ${name}`) });
  }
});

test('timestamps of other units become nanoseconds', () => {
  for (const [unit, expected] of [
    [0, 5_000_000_000n],
    [1, 5_000_000n],
    [2, 5000n],
  ] as const) {
    const bytes = encodeArrow(frame('', { t: time.fromNanos([5n, -5n, null]) }));
    const { reader, field } = firstField(bytes);
    bytes[reader.slot(reader.slotReference(field, FIELD_SLOT.type), 0)] = unit;
    assert.deepEqual(decodeArrow(bytes).fields[0].toArray(), [expected, -expected, null]);
  }
});

test('nulls of a field that is not nullable are not looked at', () => {
  const bytes = encodeArrow(frame('', { v: int64([7, null]) }));
  const { reader, field } = firstField(bytes);
  bytes[reader.slot(field, FIELD_SLOT.nullable)] = 0;
  assert.deepEqual(decodeArrow(bytes).fields[0].toArray(), [7n, 0n]);
});

test('invalid metadata names the field and the key', () => {
  // Nothing of ours writes such metadata: it is put into the file.
  for (const [config, from, to] of [
    [{ Decimals: 70000 }, 'Decimals', 'decimals'],
    [{ Unit: 5 }, 'Unit', 'unit'],
    [{ Links: {} }, 'Links', 'links'],
  ] as const) {
    const bytes = replaced(encodeArrow(frame('', { v: float64([1], { config: config as object }) })), from, to);
    assert.throws(() => decodeArrow(bytes), { code: 'metadata_invalid', message: new RegExp(`field "v".*config key "${to}"`) });
  }
  const labels = replaced(encodeArrow(frame('', { v: float64([1], { labels: { host: 'x' } }) })), '"x"', '555');
  assert.throws(() => decodeArrow(labels), { code: 'metadata_invalid', message: /label "host"/ });
});

function replaced(file: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(file).toString('latin1').replaceAll(from, to), 'latin1'));
}

test('a null limit in config is no limit, as Go reads it', () => {
  const bytes = encodeArrow(frame('', { v: float64([1], { config: { min: Number.NaN, max: 1 } }) }));
  assert.deepEqual(decodeArrow(bytes).fields[0].config, { max: 1 });
});

test('damaged text offsets are an error where they are read, and never reach another file', () => {
  const bytes = encodeArrow(frame('', { s: utf8(['one', 'two', 'three']) }));
  const received = decodeArrow(bytes);
  const { offsets } = received.fields[0].column;
  assert.ok(offsets);
  new DataView(offsets.buffer, offsets.byteOffset).setInt32(4, 0x7ffffff0, true);
  assert.throws(() => received.fields[0].get(0), { code: 'arrow_invalid' });
  assert.throws(() => encodeArrow(received), { code: 'arrow_invalid' });
  assert.throws(() => assertIntact(received), { code: 'arrow_invalid', message: /field "s".*row 0/ });
  assert.throws(() => [...encodeFrameJson(received)], { code: 'arrow_invalid' });
});

test('a buffer that reaches past its body is refused, though the file goes on behind it', () => {
  const file = encodeArrow(frame('', { s: utf8(['one', null, 'three']) }));
  const { message, metadata, length } = blockOf(file);
  const reader = new FlatbufferReader(file);
  const batch = reader.slotReference(reader.reference(message + 8), MESSAGE_SLOT.header);
  const buffers = reader.vector(reader.slotReference(batch, BATCH_SLOT.buffers), PAIR_BYTES);
  assert.equal(buffers.length, 3);
  for (let i = 0; i < buffers.length; i++) {
    const damaged = file.slice();
    const at = buffers.first + i * PAIR_BYTES;
    new DataView(damaged.buffer).setInt32(at + 8, length - metadata - reader.int64(at) + 1, true);
    assert.throws(() => decodeArrow(damaged), { code: 'arrow_truncated', message: /field "s".*in a body of/ });
  }
});

test('every truncation of a file is a FrameError', () => {
  const bytes = encodeArrow(sampleFrame(5));
  for (let length = 0; length < bytes.length; length += 7) assert.throws(() => decodeArrow(bytes.subarray(0, length)), FrameError);
});

test('Utf8View text is flattened: inline, in buffers, and null', () => {
  const views = new Uint8Array(48);
  const view = new DataView(views.buffer);
  view.setInt32(0, 2, true);
  views.set([104, 105], 4);
  view.setInt32(16, 15, true);
  view.setInt32(28, 1, true);
  const chunk = {
    kind: 'string' as const,
    nullable: true,
    bitOffset: 0,
    length: 3,
    values: views,
    offsets: undefined,
    validity: Uint8Array.of(0b011),
    viewBuffers: [new TextEncoder().encode('xthirteen bytes and more')],
  };
  const flat = flattenViews(chunk, 's', new CopyBudget(1000));
  assert.equal(new TextDecoder().decode(flat.values), 'hithirteen bytes ');
  view.setInt32(28, 20, true);
  assert.throws(() => flattenViews(chunk, 's', new CopyBudget(1000)), { code: 'arrow_invalid' });
  const spent = new CopyBudget(0);
  spent.take(65_530, 's');
  assert.throws(() => flattenViews(chunk, 's', spent), { code: 'column_too_large', message: /field "s"/ });
});

test('an empty json cell is null', () => {
  const received = decodeArrow(encodeArrow(frame('', { j: json(['', '{}'], { raw: true }) })));
  assert.deepEqual(received.fields[0].toArray(), [null, '{}']);
});

/** One file with the batches of several. */
function joinFiles(frameOfSchema: Frame, parts: readonly Frame[]): Uint8Array {
  const first = encodeArrow(frameOfSchema);
  const head = first.subarray(0, blockOf(first).message);
  const batches = parts
    .filter((part) => part.length > 0)
    .map((part) => {
      const bytes = encodeArrow(part);
      const { message, length } = blockOf(bytes);
      return { ...blockOf(bytes), bytes: bytes.subarray(message, message + length) };
    });
  const footer = createFooter(schemaText(frameOfSchema), batches.length);
  const view = new DataView(footer.bytes.buffer);
  let at = head.length;
  for (const [i, { metadata, length, bytes }] of batches.entries()) {
    view.setBigInt64(footer.blockAt + i * 24, BigInt(at), true);
    view.setInt32(footer.blockAt + i * 24 + 8, metadata, true);
    view.setBigInt64(footer.blockAt + i * 24 + 16, BigInt(length - metadata), true);
    at += bytes.length;
  }
  const tail = new Uint8Array(4);
  new DataView(tail.buffer).setInt32(0, footer.bytes.length, true);
  return concat([head, ...batches.map(({ bytes }) => bytes), footer.bytes, tail, new TextEncoder().encode('ARROW1')]);
}

function blockOf(bytes: Uint8Array): { message: number; metadata: number; length: number } {
  const reader = new FlatbufferReader(bytes);
  const { first } = reader.vector(reader.slotReference(footerOf(reader), FOOTER_SLOT.batches), 24);
  const metadata = reader.int32(first + 8);
  return { message: reader.int64(first), metadata, length: metadata + reader.int64(first + 16) };
}

function firstField(bytes: Uint8Array): { reader: FlatbufferReader; field: number } {
  const reader = new FlatbufferReader(bytes);
  const schema = reader.slotReference(footerOf(reader), FOOTER_SLOT.schema);
  const { first } = reader.vector(reader.slotReference(schema, SCHEMA_SLOT.fields), 4);
  return { reader, field: reader.reference(first) };
}

function footerOf(reader: FlatbufferReader): number {
  const end = reader.bytes.length - 10;
  return reader.reference(end - reader.int32(end));
}
