import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findPublicNames } from './docstrings.ts';

const root = join(import.meta.dirname, '..');
const atLeast = { frames: 130, protocol: 140, sdk: 50, host: 50, server: 25, cli: 5 };

for (const [name, count] of Object.entries(atLeast))
  test(`everything that ${name} exports has a docstring`, () => {
    const names = findPublicNames(root, `packages/${name}`);
    assert.ok(names.length >= count, `${names.length} names found`);
    assert.deepEqual(
      names.filter(({ hasDocstring }) => !hasDocstring).map(({ file, name: missing }) => `${file}: ${missing}`),
      [],
    );
  });

test('exports are followed through doors to their declarations, other packages and generated code left out', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'docstrings-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  };
  write('p/package.json', '{"exports":{".":{"backplane:source":"./src/index.ts"},"./schema.json":"./schema.json"}}');
  write(
    'p/src/index.ts',
    "export { a, type B as C } from './room/index.ts';\nexport * from './all.ts';\nexport * from '@backplane/frames';\n",
  );
  write('p/src/room/index.ts', "export { a, type B } from './a.ts';\nexport { made } from '../gen/made.ts';\n");
  write('p/src/room/a.ts', '/** It. */\nexport async function* a() {}\n\ninterface B {}\nexport { type B };\n');
  write('p/src/all.ts', '/** One. */\nexport const one = 1;\nexport abstract class Two {}\n/** Text. */\n\nexport type Three = 3;\n');
  write('p/src/gen/made.ts', 'export const made = 1;\n');
  const found = findPublicNames(folder.path, 'p').map(({ name, file, hasDocstring }) => [name, file, hasDocstring]);
  assert.deepEqual(found, [
    ['a', 'p/src/room/a.ts', true],
    ['B', 'p/src/room/a.ts', false],
    ['one', 'p/src/all.ts', true],
    ['Two', 'p/src/all.ts', false],
    ['Three', 'p/src/all.ts', false],
  ]);
});
