import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { spawnProgram } from './spawn-program.ts';

// What becomes of it in a bundle and in an executable: packages/cli/src/build/split.process.test.ts, conformance/cases/packed-programs.

test('a program of a plugin that was not built runs from its source, with its arguments, and prints where it wants', async () => {
  process.env.grafana_plugin_type = 'datasource'; // as in a plugin that a host started
  const child = spawnProgram(new URL('./fixtures/other-program.ts', import.meta.url), ['a b', '{"c":1}'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const out = await Array.fromAsync(child.stdout!.setEncoding('utf8'));
  assert.deepEqual(JSON.parse(out.join('')), ['a b', '{"c":1}']);
  assert.deepEqual(await ended, [0, null]);
});

test('a program that does not exist is refused, with the form that a build understands', () => {
  assert.throws(() => spawnProgram(new URL('./fixtures/nothing.ts', import.meta.url)), {
    code: 'program_missing',
    message: /there is no file:.*nothing\.ts; write spawnProgram\(new URL\('\.\/file\.ts', import\.meta\.url\)\)/,
  });
});
