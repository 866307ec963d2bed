import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD_HELP } from './build/index.ts';
import { CALL_HELP } from './call/index.ts';
import { readSettings } from './call/settings.ts';
import { BACKUP_HELP, ROTATE_KEY_HELP } from './operate/index.ts';
import { PACK_HELP } from './pack/index.ts';
import { SERVE_HELP } from './serve/index.ts';
import { VALIDATE_HELP } from './validate/index.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

function blocks(language: string): string[] {
  return [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, text]) => (name === language ? [text ?? ''] : []));
}

test('the page shows the help as it is printed', () => {
  for (const help of [SERVE_HELP, CALL_HELP, BUILD_HELP, PACK_HELP, VALIDATE_HELP, BACKUP_HELP, ROTATE_KEY_HELP]) {
    assert.ok(blocks('text').includes(help), help);
  }
});

test('the settings on the page are taken without a remark', () => {
  const [settings] = blocks('json');
  const folder = mkdtempSync(join(tmpdir(), 'backplane-docs-'));
  try {
    writeFileSync(join(folder, 'settings.json'), settings ?? '');
    const { context, warnings } = readSettings(join(folder, 'settings.json'), { pluginId: 'x', type: 'datasource' });
    assert.deepEqual(warnings, []);
    assert.equal(context.dataSource?.uid, 'house');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
