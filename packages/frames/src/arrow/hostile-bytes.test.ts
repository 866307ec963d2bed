import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Builder } from 'flatbuffers';
import { createRandom, sampleFrame } from '../fixtures/sample-frames.ts';
import { encodeFrameJson } from '../json/index.ts';
import { assertIntact, FrameError } from '../model/index.ts';
import { decodeArrow, encodeArrow } from './index.ts';
import { ArrowType, FIELD_SLOT, FOOTER_SLOT, SCHEMA_SLOT } from './layout.ts';

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
