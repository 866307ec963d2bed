import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Builder } from 'flatbuffers';
import { field, float64, frame, int8, utf8 } from '../build/index.ts';
import { createRandom, sampleFrame } from '../fixtures/sample-frames.ts';
import { encodeFrameJson } from '../json/index.ts';
import { assertIntact, Frame, FrameError } from '../model/index.ts';
import { schemaText } from './encode-schema.ts';
import { decodeArrow, encodeArrow } from './index.ts';
import { ArrowType, FIELD_SLOT, FOOTER_SLOT, SCHEMA_SLOT } from './layout.ts';
import { createFooter } from './template.ts';

test('random bytes end in a FrameError', () => {
  const magic = new TextEncoder().encode('ARROW1');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withMagic) => {
      if (withMagic && bytes.length >= 6) bytes.set(magic, bytes.length - 6);
      assert.throws(() => decodeArrow(bytes), FrameError);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('flipped bits, overwritten words and cut-outs end in a FrameError or a frame that can be read', () => {
  const random = createRandom(7);
  const files = [sampleFrame(3), sampleFrame(0), sampleFrame(100).slice(0, 20)].map(encodeArrow);
  let accepted = 0;
  for (let run = 0; run < 4000; run++) {
    const bytes = damage(files[run % files.length].slice(), random);
    try {
      const frame = decodeArrow(bytes);
      assertIntact(frame);
      for (const field of frame.fields) field.toArray();
      for (const block of encodeFrameJson(frame)) assert.ok(block.length > 0);
      encodeArrow(frame);
      accepted++;
    } catch (error) {
      if (!(error instanceof FrameError)) throw new Error(`run ${run}`, { cause: error });
    }
  }
  assert.ok(accepted > 100, `${accepted} damaged files were readable`);
});

test('many fields that all lead to one table with many keys are refused before they cost anything', () => {
  const builder = new Builder(1024);
  const text = builder.createString('key');
  builder.startObject(2);
  builder.addFieldOffset(0, text, 0);
  const metadata = repeat(builder, builder.endObject(), 20_000);
  builder.startObject(7);
  builder.addFieldOffset(FIELD_SLOT.metadata, metadata, 0);
  builder.addFieldInt8(FIELD_SLOT.typeType, ArrowType.utf8, 0);
  const fields = repeat(builder, builder.endObject(), 20_000);
  builder.startObject(2);
  builder.addFieldOffset(SCHEMA_SLOT.fields, fields, 0);
  const schema = builder.endObject();
  builder.startObject(2);
  builder.addFieldOffset(FOOTER_SLOT.schema, schema, 0);
  builder.finish(builder.endObject());
  const footer = builder.asUint8Array();
  const bytes = new Uint8Array(footer.length + 10);
  bytes.set(footer);
  new DataView(bytes.buffer).setInt32(footer.length, footer.length, true);
  bytes.set(new TextEncoder().encode('ARROW1'), footer.length + 4);
  assert.throws(() => decodeArrow(bytes), { code: 'arrow_invalid', message: /over and over/ });
});

function repeat(builder: Builder, offset: number, count: number): number {
  builder.startVector(4, count, 4);
  for (let i = 0; i < count; i++) builder.addOffset(offset);
  return builder.endVector();
}

function damage(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = () => Math.floor(random() * bytes.length);
  const view = new DataView(bytes.buffer);
  for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
    const mode = random();
    // Most damage goes to the metadata at the end, where it hurts.
    const place = mode < 0.5 ? bytes.length - 1 - Math.floor(random() * Math.min(bytes.length, 3000)) : at();
    if (mode < 0.8) bytes[place] ^= 1 << Math.floor(random() * 8);
    else view.setInt32(Math.min(place, bytes.length - 4), [-1, 0, 0x7fffffff, -0x80000000, 4][Math.floor(random() * 5)], true);
  }
  return random() < 0.1 ? bytes.subarray(Math.floor(random() * 20)) : bytes;
}

test('batches, fields and views that all refer to the same bytes do not multiply them', () => {
  const once = frame('', { v: float64(new Float64Array(20_000)), s: utf8(Array<string>(20_000).fill('ab')) });
  for (const times of [2, 8]) assert.equal(decodeArrow(repeatBatch(once, times)).length, 20_000 * times);
  for (const times of [100, 20_000])
    assert.throws(() => decodeArrow(repeatBatch(once, times)), { name: 'FrameError', message: /over and over|once for each reference/ });
});

test('a footer of many batches without rows costs no more than its bytes explain', () => {
  const wide = new Frame(
    '',
    Array.from({ length: 100 }, (_, i) => field(`f${i}`, int8([1]))),
  );
  assert.throws(() => decodeArrow(repeatBatch(wide, 20_000)), { code: 'arrow_invalid', message: /over and over/ });
});

/** A file whose footer names its one batch many times. */
function repeatBatch(source: Frame, times: number): Uint8Array {
  const file = encodeArrow(source);
  const end = file.length - 10;
  const old = new DataView(file.buffer);
  const start = end - old.getInt32(end, true);
  const one = createFooter(schemaText(source), 1);
  const many = createFooter(schemaText(source), times);
  const block = file.subarray(start + one.blockAt, start + one.blockAt + 24);
  const out = new Uint8Array(start + many.bytes.length + 10);
  out.set(file.subarray(0, start));
  out.set(many.bytes, start);
  for (let i = 0; i < times; i++) out.set(block, start + many.blockAt + i * 24);
  new DataView(out.buffer).setInt32(start + many.bytes.length, many.bytes.length, true);
  out.set(new TextEncoder().encode('ARROW1'), start + many.bytes.length + 4);
  return out;
}
