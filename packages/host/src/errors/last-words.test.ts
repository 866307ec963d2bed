import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLastWords } from './last-words.ts';

function words(text: string): string {
  const quoted = /^last stderr: (".*")$/.exec(formatLastWords(text.split('\n')))?.[1];
  assert.ok(quoted !== undefined);
  return JSON.parse(quoted);
}

test('a syntax error is quoted with its place and its line, without the stack', () => {
  const crash = `file:///plugins/acme/gpx_acme.ts:8

    query(q {
            ^

SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expected ',', got '{'
    at parseTypeScript (node:internal/modules/typescript:61:36)
    at node:internal/main/run_main_module:33:47 {
  code: 'ERR_INVALID_TYPESCRIPT_SYNTAX'
}

Node.js v26.10.0`;
  assert.equal(
    words(crash),
    `file:///plugins/acme/gpx_acme.ts:8
    query(q {
            ^
SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expected ',', got '{'`,
  );
});

test("lines of Node's own files are left out", () => {
  const crash = `node:internal/modules/package_json_reader:343
  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);
        ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@backplane/sdk' imported from /plugins/acme/gpx_acme.ts
    at Object.getPackageJSONURL (node:internal/modules/package_json_reader:343:9) {
  code: 'ERR_MODULE_NOT_FOUND'
}`;
  assert.equal(words(crash), "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@backplane/sdk' imported from /plugins/acme/gpx_acme.ts");
});

test('a panic of Go is quoted, not the end of its stack', () => {
  const stack = Array.from({ length: 8 }, (_, depth) => `\t/go/src/acme/main.go:${depth}`).join('\n');
  assert.equal(words(`starting\npanic: no licence\n\ngoroutine 1 [running]:\n${stack}`), 'panic: no licence');
});

test('without an error the last five lines are quoted, and silence is said', () => {
  assert.equal(words('1\n2\n3\n4\n5\n6'), '2\n3\n4\n5\n6');
  assert.equal(formatLastWords([]), 'it wrote nothing to stderr');
});
