import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import test from 'node:test';
import { manifest, statements } from './manifest.ts';
import { findCitations } from './support/citations.ts';
import { conformanceFolder, repositoryFolder } from './support/paths.ts';

const MATRIX = ['query-cases.ts', 'other-cases.ts', 'life-cases.ts'];
const all = [...manifest, ...statements];
const self = relative(repositoryFolder, import.meta.filename);
const citations = new Map([...(await findCitations())].map(([id, files]) => [id, files.filter((file) => file !== self)] as const));

test('the rules are numbered without a gap, and ids are unique and name their side', () => {
  assert.deepEqual(
    manifest.map((rule) => rule.number),
    Array.from({ length: 134 }, (_, i) => i + 1),
  );
  assert.equal(new Set(all.map((rule) => rule.id)).size, all.length);
  for (const { id, side } of manifest) assert.ok(id.split('/')[1]!.startsWith(`${side}-`), id);
});

test('every cited rule exists', () => {
  const ids = new Set<string>(all.map((rule) => rule.id));
  const unknown = [...citations].filter(([id]) => !ids.has(id)).map(([id, files]) => `${id} in ${files.join(', ')}`);
  assert.deepEqual(unknown, []);
});

test('a proved rule and a chosen difference have a test that cites them', () => {
  const uncited = all.filter(({ id, status }) => status !== 'open' && !citations.get(id)?.length).map((rule) => rule.id);
  assert.deepEqual(uncited, []);
});

test('an open rule has no test that cites it: with one it must be marked proved', () => {
  const closed = all.filter(({ id, status }) => status === 'open' && citations.get(id)?.length).map((rule) => rule.id);
  assert.deepEqual(closed, []);
});

test('at most five rules are open', () => {
  const open = manifest.filter(({ status }) => status === 'open').map((rule) => rule.id);
  assert.ok(open.length <= 5, open.join(', '));
});

test('an open rule and a chosen difference say why', () => {
  const silent = all.filter((rule) => rule.status !== 'proved' && rule.reason.length < 10).map((rule) => rule.id);
  assert.deepEqual(silent, []);
});

test('what backplane pack makes is held to every rule that binds plugins', async () => {
  const cases = join(conformanceFolder, 'cases');
  for (const form of ['bundle', 'executable']) {
    const suite = await readFile(join(cases, `built-${form}.process.test.ts`), 'utf8');
    const files = [...suite.matchAll(/import\('\.\/(.+)'\)/g)].map(([, name]) => name!);
    // The matrix has its cases in files of their own.
    const cited = await Promise.all([...files, ...MATRIX].map((name) => readFile(join(cases, name), 'utf8')));
    const missing = manifest.filter(({ id, side }) => side === 'plugin' && !cited.some((text) => text.includes(`[${id}]`)));
    assert.deepEqual(
      missing.map(({ id }) => id),
      [],
      form,
    );
  }
});
