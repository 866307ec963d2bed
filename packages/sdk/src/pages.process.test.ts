import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const docs = join(root, 'docs');
const pages = readdirSync(docs).filter((name) => /^sdk-.*\.md$/.test(name));

/** A program of a page, and what the page says it prints, when it says so. */
interface Program {
  readonly file: string;
  readonly source: string;
  readonly output: string | undefined;
}

function programsOf(page: string): Program[] {
  const text = readFileSync(join(docs, page), 'utf8');
  const found = text.matchAll(/```ts\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g);
  return [...found].map(([, source = '', output], i) => ({ file: `${page.replace('.md', '')}-${i + 1}.ts`, source, output }));
}

test('the programs of docs/sdk-*.md compile, and print what the page shows', async () => {
  const programs = pages.flatMap(programsOf);
  mkdirSync(join(root, '.cache'), { recursive: true });
  // Below the repository, where the packages are found.
  const folder = mkdtempSync(join(root, '.cache/sdk-pages-'));
  try {
    for (const { file, source } of programs) writeFileSync(join(folder, file), source);
    const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false, noUncheckedIndexedAccess: false };
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { ...compilerOptions, noUnusedLocals: true },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error);
    assert.equal(stdout, '');
    for (const { file, output } of programs) {
      if (output === undefined) continue;
      const printed = await run(process.execPath, ['--conditions=backplane:source', join(folder, file)]);
      assert.equal(printed.stdout, output, file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every page of the SDK is in the list of pages', () => {
  const list = readFileSync(join(docs, 'README.md'), 'utf8');
  for (const page of pages) assert.ok(list.includes(`](${page})`), page);
});
