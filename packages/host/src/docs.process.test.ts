import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openWorkshop } from './launchers/fixtures/plugin-folder.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

test('the programs of docs/host.md compile; the first has at most 40 lines, and prints what the page shows', async () => {
  const page = readFileSync(join(root, 'docs/host.md'), 'utf8');
  const [, source = '', output = ''] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(source.split('\n').length <= 41, 'at most 40 lines');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/host-docs-'));
  using workshop = openWorkshop();
  try {
    writeFileSync(join(folder, 'embed.ts'), source);
    const others = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].slice(1);
    for (const [index, [, text = '']] of others.entries()) writeFileSync(join(folder, `other-${index}.ts`), text);
    const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false, noUncheckedIndexedAccess: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error);
    assert.equal(stdout, '');
    const plugin = workshop.addPlugin('well-behaved', { id: 'acme-datasource' });
    // A run root of its own: in the usual one it would sweep what hosts of other tests left, and say so.
    const env = { ...process.env, TMPDIR: workshop.pluginsFolder };
    const printed = await run(process.execPath, ['--conditions=backplane:source', join(folder, 'embed.ts'), plugin], { env });
    assert.equal(printed.stdout, output);
    assert.equal(printed.stderr, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
