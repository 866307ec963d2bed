import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { ForeignImportError, toScript } from './to-script.ts';

/** Runs a script and resolves with what it put into `seen`. */
async function run(code: string): Promise<unknown> {
  const target = globalThis as { seen?: unknown };
  await new Script(toScript(code)).runInThisContext();
  const { seen } = target;
  delete target.seen;
  return seen;
}

test('every form of import becomes constants, and waiting at the top level stays possible', async () => {
  const code = `
    import path, { join as concat, default as again } from 'node:path';
    import * as fs from 'fs';
    import 'node:net';
    import { "sep" as separator } from 'node:path';
    const later = await Promise.resolve(concat('a', 'b'));
    globalThis.seen = [later, path === again, typeof fs.readFileSync, separator];
    export { later };`;
  assert.deepEqual(await run(code), [`a${process.platform === 'win32' ? '\\' : '/'}b`, true, 'function', '/']);
});

test('import.meta is the file that runs, and what Node has can be imported later', async () => {
  const code = `
    const { inflateSync, default: zlib } = await import('node:zlib');
    globalThis.seen = [import.meta.url.startsWith('file:'), import.meta.dirname.length > 0, inflateSync === zlib.inflateSync];`;
  assert.deepEqual(await run(code), [true, true, true]);
});

test('text and comments that look like imports stay', async () => {
  assert.equal(await run(`globalThis.seen = "import x from 'y'"; // import z from 'z'`), "import x from 'y'");
});

test('the script is ASCII and means the same', async () => {
  const code = String.raw`const ü = "☃\☃ \\é 🚉"; globalThis.seen = [ü, /^[ä-ü]$/.test("ö"), /^🚉$/u.test("🚉")];`;
  assert.deepEqual(await run(code), [String.raw`☃☃ \é 🚉`, true, true]);
  assert.match(toScript(code), /^[\x20-\x7e\n]*$/);
  // What a tag sees raw would change.
  assert.deepEqual(await run('globalThis.seen = String.raw`☃`;'), '☃');
});

test('what Node does not have is refused by its name', () => {
  assert.throws(
    () => toScript(`import pg from 'pg';`),
    (error) => error instanceof ForeignImportError && error.message === 'pg',
  );
});
