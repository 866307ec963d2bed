import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findViolations } from './import-table.ts';

test('every import of the workspace is one that the table of permitted imports allows', () => {
  assert.deepEqual(findViolations(join(import.meta.dirname, '..')), []);
});

test('forbidden imports are named with file, target and what is allowed', () => {
  const root = mkdtempSync(join(tmpdir(), 'import-table-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    write('plugins/a/package.json', '{"dependencies":{"@backplane/host":"1"}}');
    write('packages/server/src/http/a.ts', "import { x } from '@backplane/protocol/grpc';\nimport { y } from '../query/index.ts';\n");
    write('packages/server/src/query/a.ts', "import { z } from '../http/index.ts';\nimport { s } from '../store/rows.ts';\n");
    write('packages/frames/src/model/a.ts', "import fs from 'node:fs';\n");
    assert.deepEqual(findViolations(root), [
      'packages/frames/src/model/a.ts imports node:fs; frames runs in browsers',
      'packages/server/src/http/a.ts imports @backplane/protocol/grpc; it may import: frames, host',
      'packages/server/src/query/a.ts imports the room http, which is not below query',
      'packages/server/src/query/a.ts imports ../store/rows.ts; import that room through its index.ts',
      'plugins/a/package.json depends on @backplane/host; it may depend on: sdk',
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
