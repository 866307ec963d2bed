import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import * as frames from './index.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/frames.md'), 'utf8');
const programs = [...page.matchAll(/```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(([, source = '', output = '']) => ({
  source,
  output,
}));

/** Puts the programs of the page where the packages are found. */
function writePrograms(): Disposable & { readonly path: string } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const path = mkdtempSync(join(root, '.cache/frames-docs-'));
  for (const [i, { source }] of programs.entries()) writeFileSync(join(path, `program-${i}.ts`), source);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('the programs of docs/frames.md compile, and print what the page shows', async () => {
  assert.equal(programs.length, page.match(/```ts\n/g)?.length, 'every program has its output behind it');
  using folder = writePrograms();
  const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false, noUncheckedIndexedAccess: false };
  const config = { extends: '../../tsconfig.base.json', compilerOptions: { ...compilerOptions, noUnusedLocals: true }, include: ['*.ts'] };
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder.path]).catch((error) => error);
  assert.equal(stdout, '');
  for (const [i, { output }] of programs.entries()) {
    const printed = await run(process.execPath, ['--conditions=backplane:source', join(folder.path, `program-${i}.ts`)]);
    assert.equal(printed.stdout, output, `program ${i + 1} of the page`);
  }
});

test('docs/frames.md names every function, class and constant of the package', () => {
  const missing = Object.keys(frames).filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
  assert.deepEqual(missing, []);
});
