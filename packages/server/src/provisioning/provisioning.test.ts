import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { formatJson } from '../json/index.ts';
import { expandProvisioned, readProvisioningFiles } from './index.ts';

function withFiles<T>(files: Record<string, string>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-provisioning-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const first = (text: string, env = {}) =>
  withFiles({ 'a.yaml': `list:\n${text}` }, (folder) => {
    const [entry] = readProvisioningFiles(folder, env)[0]?.entries('list') ?? [];
    assert.ok(entry);
    return entry;
  });

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the dollar signs are what is tested
test('variables are filled in once, and two dollars are one [E13]', () => {
  const env = { A: 'one$B', B: 'two' };
  assert.equal(expandProvisioned('$A ${B} $__env{B} [$C] 5$$ $$B $', env), 'one$B two two [] 5$ $B $');
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the dollar signs are what is tested

test('texts inside jsonData are filled in, other values stay as they are', () => {
  const entry = first('  - jsonData: { url: $U, number: 7, nested: { list: [1, two, null], flag: true }, price: "5$$" }', {
    U: 'http://u',
  });
  assert.equal(
    formatJson(entry.json('jsonData') ?? null),
    '{"nested":{"flag":true,"list":[1,"two",null]},"number":7,"price":"5$","url":"http://u"}',
  );
});

test('the older spelling of a key counts when the newer is absent', () => {
  const entry = first('  - { basic_auth: yes, orgId: 2 }');
  assert.equal(entry.flag(false, 'basicAuth', 'basic_auth'), true);
  assert.equal(entry.integer(1, 'orgId', 'org_id'), 2);
  assert.equal(entry.text('absent'), '');
});

test('secrets are texts from files and variables', () => {
  withFiles({ 'secret.txt': 'pa$$word\n' }, (folder) => {
    const entry = first(`  - secureJsonData: { a: "$__file{${folder}/secret.txt}", b: $T }`, { T: 'token' });
    const secrets = entry.secrets('secureJsonData');
    assert.equal(secrets.a?.open(), 'pa$$word');
    assert.equal(secrets.b?.open(), 'token');
  });
});

test('an error names file and line', () => {
  const bad: [string, RegExp][] = [
    ['apiVersion: 1\nlist: 5', /a\.yaml:2: list must be a list/],
    ['list:\n  - text', /a\.yaml:2: an entry of list must hold keys/],
    ['list: [1', /a\.yaml cannot be read: .*line 1/s],
  ];
  for (const [text, message] of bad) {
    const read = () => withFiles({ 'a.yaml': text }, (folder) => readProvisioningFiles(folder, {}).map((file) => file.entries('list')));
    assert.throws(read, (error) => isServerError(error) && message.test(error.message), text);
  }
  assert.throws(() => first('  - name: x\n    basicAuth: perhaps').flag(false, 'basicAuth'), /a\.yaml:3: basicAuth must be true or false/);
  assert.throws(() => first('  - key: $__file{/no/such/file}').text('key'), /a\.yaml:2: key cannot be filled in/);
});

test('anchors, aliases and merge keys are followed', () => {
  const text = `
base: &base { type: t, access: proxy, jsonData: { a: 1 } }
whole: &whole { name: whole }
url: &url http://u
list: &list [{ <<: *base, name: x, url: *url }, { <<: [*whole, *base], jsonData: { <<: { k: 1 }, b: 2 } }, *whole]
same: *list`;
  const read = withFiles({ 'a.yaml': text }, (folder) => {
    const [file] = readProvisioningFiles(folder, {});
    return ['list', 'same'].map((key) =>
      file
        ?.entries(key)
        .map((entry) => [entry.text('name'), entry.text('type'), entry.text('url'), formatJson(entry.json('jsonData') ?? null)]),
    );
  });
  const expected = [
    ['x', 't', 'http://u', '{"a":1}'],
    ['whole', 't', '', '{"b":2,"k":1}'],
    ['whole', '', '', 'null'],
  ];
  assert.deepEqual(read, [expected, expected]);
});

test('long integers keep their digits', () => {
  assert.equal(formatJson(first('  - jsonData: { a: 12345678901234567890 }').json('jsonData') ?? null), '{"a":12345678901234567890}');
});

test('what cannot become JSON is an error that names file and line', () => {
  const bad: [string, RegExp][] = [
    ['&x {a: *x}', /a\.yaml:2: jsonData is nested deeper than 100; does an alias hold itself\?/],
    ['{a: .inf}', /a\.yaml:2: jsonData holds Infinity, which JSON does not have/],
    ['{a: .nan}', /jsonData holds NaN/],
    ['{a: *nowhere}', /a\.yaml:2: jsonData cannot be read: Unresolved alias .*nowhere/],
    [
      `{a: &a [${'x,'.repeat(50)}], b: &b [${'*a,'.repeat(50)}], c: [${'*b,'.repeat(50)}]}`,
      /a\.yaml:2: jsonData cannot be read: Excessive alias count/,
    ],
  ];
  for (const [value, message] of bad) assert.throws(() => first(`  - jsonData: ${value}`).json('jsonData'), message, value.slice(0, 80));
});

test('a folder that is not there has no files, other files are not read', () => {
  assert.deepEqual(readProvisioningFiles('/no/such/folder', {}), []);
  withFiles({ 'b.yml': 'x: 1', 'a.yaml': 'x: 2', 'notes.txt': ':', 'empty.yaml': '# nothing' }, (folder) => {
    assert.deepEqual(
      readProvisioningFiles(folder, {}).map(({ root }) => root.text('x')),
      ['2', '1'],
    );
  });
});
