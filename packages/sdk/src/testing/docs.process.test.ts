import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../../..');
const [program = ''] = [...readFileSync(join(root, 'docs/sdk-testing.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  (match) => match[1],
);

test('the test of docs/sdk-testing.md compiles and passes', () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/testing-docs-'));
  try {
    writeFileSync(join(folder, 'page.test.ts'), program);
    const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false, noUncheckedIndexedAccess: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
    );
    const run = (args: readonly string[]) =>
      spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH } });
    const types = run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
    assert.equal(types.stdout, '');
    const tested = run(['--conditions=backplane:source', '--test', '--test-reporter=tap', 'page.test.ts']);
    assert.match(tested.stdout, /^# pass 1$/m, tested.stdout);
    assert.match(readFileSync(join(folder, 'series.golden.jsonc'), 'utf8'), /"name": "Value"/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
