import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryFrame } from './fixtures/arbitrary-frames.ts';
import { assertSameFrame } from './fixtures/assert-frames.ts';
import {
  assertIntact,
  decodeArrow,
  decodeArrowStream,
  decodeFrameJson,
  encodeArrow,
  encodeArrowStream,
  type Frame,
  frameToJson,
} from './index.ts';

const FORMS: Readonly<Record<string, (frame: Frame) => Frame>> = {
  'an Arrow file': (frame) => decodeArrow(encodeArrow(frame)),
  'an Arrow stream': (frame) => decodeArrowStream(encodeArrowStream(frame)),
  'frame JSON': (frame) => decodeFrameJson(frameToJson(frame)),
};

for (const [name, roundTrip] of Object.entries(FORMS)) {
  test(`random frames come back from ${name} as they were`, () => {
    fc.assert(
      fc.property(arbitraryFrame(), (sent) => {
        const received = roundTrip(sent);
        assertIntact(received);
        assertSameFrame(received, sent);
      }),
      { seed: 12, numRuns: 150 },
    );
  });

  test(`random rows of random frames come back from ${name} as they were`, () => {
    fc.assert(
      fc.property(arbitraryFrame(), fc.nat(40), fc.nat(40), (whole, start, end) => {
        const sent = whole.slice(start, end);
        assertSameFrame(roundTrip(sent), sent);
        assert.deepEqual(
          sent.fields.map((field) => field.toArray()),
          whole.fields.map((field) => field.toArray().slice(Math.min(start, whole.length), Math.max(start, end))),
        );
      }),
      { seed: 13, numRuns: 75 },
    );
  });
}

test('random frames of equal schemas do not disturb each other', () => {
  fc.assert(
    fc.property(arbitraryFrame(), fc.nat(40), (whole, cut) => {
      const parts = [whole.slice(0, cut), whole.slice(cut), whole];
      const files = parts.map(encodeArrow);
      for (const [index, file] of files.entries()) assertSameFrame(decodeArrow(file), parts[index]);
    }),
    { seed: 14, numRuns: 75 },
  );
});
