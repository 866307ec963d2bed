// npm run program [-- FOLDER]: bundles the `backplane` command into FOLDER, packages/cli/program without one: a few files that
// need Node and nothing else. From there a server is ready sooner and takes less memory than from hundreds of modules.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { ensureInstalled, projectNode, root } from './bootstrap.mjs';

ensureInstalled({ dev: false });
const { rolldown } = createRequire(join(root, 'packages/cli/package.json'))('rolldown');
const folder = resolve(process.argv[2] ?? join(root, 'packages/cli/program'));
const build = await rolldown({
  input: { backplane: join(root, 'packages/cli/src/program.ts') },
  platform: 'node',
  // Native, and only for authors of plugins: `backplane build` asks for it when it is not there.
  external: ['rolldown'],
  resolve: { conditionNames: ['backplane:source', 'node', 'import', 'default'] },
});
const { output } = await build.generate({
  // Modules that import `node:http` load all that hangs on it, a whole `fetch` and 16 MB; scripts load what they use.
  format: 'cjs',
  // Names stay, for stack traces.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  comments: { legal: true, annotation: false, jsdoc: false },
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
});
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const files = output.map(({ fileName, code }) => [fileName, escapeWide(code)]);
for (const [name, code] of files) writeFileSync(join(folder, name), code);
// Where the Node of the system is too old, this finds the one that npm installed.
const script = `#!/bin/sh\nexec '${projectNode().replaceAll("'", `'\\''`)}' "$(dirname "$(readlink -f "$0")")/backplane.cjs" "$@"\n`;
writeFileSync(join(folder, 'backplane'), script, { mode: 0o755 });
console.log(
  `${relative('', folder)}: ${files.length} files, ${(files.reduce((sum, [, code]) => sum + code.length, 0) / 1e6).toFixed(1)} MB`,
);

/** V8 keeps a source text with two bytes for each character as soon as one of them needs it. */
function escapeWide(code) {
  return code.replace(/[\u0100-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
