// npm run check: everything that needs no running system, in the order of how fast it fails.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, projectNode, root } from './bootstrap.mjs';

ensureInstalled({ dev: true });
const bin = (name) => join(root, 'node_modules', '.bin', name);
const published = readdirSync(join(root, 'packages')).filter(
  (name) => !JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')).private,
);
// In CI Biome colours each letter, which nobody can read in a file.
const colours = process.stdout.isTTY ? [] : ['--colors=off'];
const steps = [
  ['format, lint and import rules', bin('biome'), ['ci', ...colours, '.']],
  ['types, and what would be published loads', projectNode(), ['scripts/build.mjs']],
  ['unused code and dependencies', projectNode(), [join(root, 'node_modules/knip/bin/knip.js')]],
  ['the public API is the one in packages/sdk/api.md', projectNode(), ['scripts/api-report.ts', '--check']],
  ['generated code is up to date', projectNode(), ['scripts/generate.mjs', '--check']],
  ...published.map((name) => [
    `package sanity: ${name}`,
    projectNode(),
    [join(root, 'node_modules/publint/src/cli.js'), '--strict', join('packages', name)],
  ]),
  ['tests', projectNode(), ['scripts/test.mjs']],
];
const only = process.argv.includes('--no-tests') ? steps.slice(0, -1) : steps;
for (const [name, command, args] of only) {
  const started = Date.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\nfailed: ${name}${error ? ` (${error.message})` : ''}`);
    process.exit(1);
  }
  console.log(`ok: ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
