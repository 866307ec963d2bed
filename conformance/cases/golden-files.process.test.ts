import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { float64, frame, int64, time, utf8 } from '@backplane/sdk';
import { assertGolden, formatGolden, readGolden } from '@backplane/sdk/testing';
import { goProgram, needsGo } from '../support/go.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const go = await needsGo();

/** What conformance/go/cmd/goldenjson makes as well. */
const response = (last = 9_223_372_036_854_775_807n) => ({
  status: 200,
  frames: [
    frame('weather', {
      Time: time.fromNanos([1_000_000_001n, 1_000_000_001n]),
      Value: float64([1.5, null], { labels: { host: 'a' }, config: { unit: 'celsius' } }),
      Id: int64([1n, last]),
      Text: utf8(['"{[:,', 'Zürich // 🚉']),
    }),
    frame('empty', {}),
  ],
});

test('golden files that the genuine SDK writes are read with every digit, and compared by what they mean', go, async () => {
  await using folder = await temporaryFolder();
  const { status, stderr } = spawnSync(await goProgram('goldenjson'), ['write', folder.path, 'theirs'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const file = join(folder.path, 'theirs.jsonc');
  assertGolden(file, response(), { update: false });
  assert.equal(formatGolden(readGolden(file)), formatGolden(response()));
  assert.throws(() => assertGolden(file, response(9_223_372_036_854_775_806n), { update: false }), /differs/);
});

test('golden files that we write satisfy the genuine SDK, and one that differs does not', go, async () => {
  await using folder = await temporaryFolder();
  const check = async (name: string) => spawnSync(await goProgram('goldenjson'), ['check', folder.path, name]).status;
  assertGolden(join(folder.path, 'ours.jsonc'), response(), { update: true });
  assert.equal(await check('ours'), 0);
  assertGolden(join(folder.path, 'other.jsonc'), { status: 200, frames: [frame('other', {})] }, { update: true });
  assert.notEqual(await check('other'), 0);
});
