import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { float64, frame, int64, time, utf8 } from '@backplane/frames';
import { assertGolden, formatGolden, readGolden } from './index.ts';

function temporary(): Disposable & { readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  return { file: join(folder, 'a.golden.jsonc'), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const response = (last = 9_223_372_036_854_775_807n) => ({
  status: 200,
  frames: [
    frame('weather', {
      Time: time.fromNanos([1_000_000_001n, null]),
      Value: float64([1.5, Number.NaN], { labels: { host: 'a' } }),
      Id: int64([1n, last]),
      Text: utf8(['"{[:,', 'Zürich // 🚉']),
    }),
    frame('empty', {}),
  ],
});

test('a golden file shows its frames, and says the same when it is read again', () => {
  using place = temporary();
  assertGolden(place.file, response(), { update: true });
  assertGolden(place.file, response(), { update: false });
  const text = readFileSync(place.file, 'utf8');
  assert.match(
    text,
    /^\/\/ {2}🌟 This was machine generated. {2}Do not edit. 🌟\n\/\/\n\/\/ {2}Frame\[0\]\n\/\/ {2}weather: 4 fields, 2 rows\n/,
  );
  assert.match(text, /\n\/\/ {2}🌟 This was machine generated\. {2}Do not edit\. 🌟\n\{\n {2}"status": 200,\n {2}"frames": \[\n/);
  assert.match(text, /\n {12}9223372036854775807\n/, 'all digits of 64 bits');
  assert.match(text, /"fields": \[\]/);
  assert.deepEqual(readGolden(place.file).frames[0]?.field('Id')?.toArray(), [1n, 9_223_372_036_854_775_807n]);
  assert.equal(formatGolden(readGolden(place.file)), text);
});

test('another answer is shown as a difference, and taken over when that is asked for', () => {
  using place = temporary();
  assert.throws(() => assertGolden(place.file, response(), { update: false }), /there is no golden file .*UPDATE_GOLDEN=1 writes it/);
  assertGolden(place.file, response(), { update: true });
  // The last digit is lost in a double.
  const other = response(9_223_372_036_854_775_806n);
  assert.throws(
    () => assertGolden(place.file, other, { update: false }),
    (error) => {
      assert.ok(error instanceof assert.AssertionError);
      assert.match(error.message, /differs from .*a\.golden\.jsonc/);
      assert.match(error.message, /\n- .*9223372036854775807.*\n\+ .*9223372036854775806/);
      return true;
    },
  );
  assertGolden(place.file, other, { update: true });
  assertGolden(place.file, other, { update: false });
});

test('an answer that failed keeps its error', () => {
  using place = temporary();
  const failed = { status: 502, error: 'no "route"', errorSource: 'downstream', frames: [] };
  assertGolden(place.file, failed, { update: true });
  assert.deepEqual(readGolden(place.file), failed);
  assert.throws(() => assertGolden(place.file, { ...failed, error: 'other' }, { update: false }), /differs/);
});
