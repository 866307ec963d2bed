import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findCitations } from './support/citations.ts';
import { repositoryFolder } from './support/paths.ts';

test('every promise of docs/security.md has a test, and every test that cites one cites one of them', async () => {
  const page = await readFile(join(repositoryFolder, 'docs/security.md'), 'utf8');
  const promised = [...page.matchAll(/^\| `(security\/[a-z-]+)` \|/gm)].map(([, id]) => id ?? '');
  const cited = [...(await findCitations(/\[(security\/[a-z-]+)\]/g)).keys()];
  assert.ok(promised.length > 10);
  assert.deepEqual(cited.sort(), promised.sort());
});
