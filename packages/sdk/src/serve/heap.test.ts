import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';

const HEAP = import.meta.resolve('./heap.ts');

test('this V8 knows the setting of a plugin: it says nothing about it', async () => {
  const script = `(await import(${JSON.stringify(HEAP)})).countBuffersAsHeap();`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  assert.deepEqual([stdout, stderr], ['', '']);
});
