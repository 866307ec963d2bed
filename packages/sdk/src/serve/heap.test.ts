import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FIXTURE = fileURLToPath(import.meta.resolve('./fixtures/collections.mjs'));

async function countCollections(...args: string[]): Promise<number> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [FIXTURE, ...args]);
  assert.equal(stderr, '');
  return (JSON.parse(stdout) as { collections: number }).collections;
}

test('buffers beside a big heap no longer make V8 collect all of it over and over', async () => {
  const [byDefault, asServed] = await Promise.all([countCollections(), countCollections('--as-served')]);
  assert.ok(asServed < byDefault, `${byDefault} full collections by default, ${asServed} as served`);
});
