import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runToEnd } from '../fixtures/start-cli.ts';

test('a broken plugin is told what was found and what to do, as text and as JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'validate-'));
  try {
    const file = join(folder, `gpx_broken_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`);
    const manifest = {
      id: 'acme-broken-datasource',
      type: 'datasource',
      name: 'Broken',
      backend: true,
      executable: 'gpx_broken',
      info: { version: '1' },
    };
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
    writeFileSync(file, '#!/bin/sh\nprintf "no \\033[31mdatabase\\n" >&2\nexit 7\n');
    chmodSync(file, 0o700);
    const shown = await runToEnd(['validate', folder]);
    assert.equal(shown.code, 1);
    assert.match(shown.out, /^warning {2}folder\/executable-mode: .*\n {11}found: .* has 0700\n {11}fix: {3}chmod 0755 gpx_broken_/m);
    assert.match(shown.out, /^failed {3}handshake\/plugin-needs-cookie: .*\n {11}found: it ended with 7$/m);
    assert.match(shown.out, /no \\x1b\[31mdatabase/);
    assert.match(shown.out, /^acme-broken-datasource: \d+ passed, \d+ failed, 1 warnings, \d+ skipped\n$/m);
    assert.doesNotMatch(shown.out, /^passed/m);
    const document = JSON.parse((await runToEnd(['validate', folder, '--json'])).out);
    assert.deepEqual([document.pluginId, document.ok], ['acme-broken-datasource', false]);
    assert.ok(
      document.results.some((result: { rule: string; status: string }) => result.rule === 'folder/manifest' && result.status === 'passed'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the folder has to be named and to exist', async () => {
  const unnamed = await runToEnd(['validate']);
  assert.deepEqual([unnamed.code, unnamed.out], [2, '']);
  assert.match(unnamed.err, /which plugin\?/);
  assert.match((await runToEnd(['validate', '/no/such/folder'])).err, /does not exist/);
});
