import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enumeration, frame, time } from '../build/index.ts';
import { concatFrames, wideToLong } from './index.ts';

test('enum cells that mean different words are not put under each other', () => {
  const state = (...words: string[]) => frame('', { state: enumeration(words) });
  const refused = { code: 'fields_mismatch', message: /field "state".*words of the enum differ/ };
  assert.throws(() => concatFrames([state('on'), state('off')]), refused);
  assert.deepEqual(concatFrames([state('on', 'off'), state('on', 'off')]).fields[0].toArray(), [0, 1, 0, 1]);
  const wide = (first: string, second: string) =>
    frame('', [
      ['Time', time.fromMillis([1])],
      ['state', enumeration([first], { labels: { host: 'a' } })],
      ['state', enumeration([second], { labels: { host: 'b' } })],
    ]);
  assert.throws(() => wideToLong(wide('on', 'off')), refused);
  const long = wideToLong(wide('on', 'on'));
  assert.deepEqual(long.field('state')?.config?.type?.enum?.text, ['on']);
});
