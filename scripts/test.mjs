// npm test [-- PATTERN…]: sets up if needed, then runs all tests, or those whose path contains one of the PATTERNs.
//
// Two lanes, each ended by the summary of node:test: unit tests share one process (fast), and
// `*.process.test.ts`, which start real processes, get a process of their own.
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ensureInstalled, root, runNode } from './bootstrap.mjs';

ensureInstalled({ dev: true });
const patterns = process.argv.slice(2);
const all = ['packages', 'plugins', 'conformance', 'bench', 'scripts'].flatMap((folder) => testFiles(join(root, folder)));
const chosen = all
  .map((file) => relative(root, file).split(sep).join('/'))
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();
if (chosen.length === 0) {
  console.error(`No test file's path contains ${patterns.map((pattern) => `"${pattern}"`).join(' or ')}. Test files end in .test.ts.`);
  process.exit(1);
}
const lanes = [
  { name: 'unit tests, one process', files: chosen.filter((file) => !file.endsWith('.process.test.ts')), flags: ['--test-isolation=none'] },
  { name: 'tests with real processes', files: chosen.filter((file) => file.endsWith('.process.test.ts')), flags: ['--test-concurrency=2'] },
];
// Far above what anything takes on a slow machine: a file of real processes counts as one test here.
const hungAfterMs = 600_000;
let failed = 0;
for (const { name, files, flags } of lanes.filter((lane) => lane.files.length > 0)) {
  console.log(`\n# ${name}: ${files.length} files`);
  if ((await runNode(['--test', '--test-reporter=spec', `--test-timeout=${hungAfterMs}`, ...flags, ...files])) !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return ['node_modules', 'dist', 'go'].includes(entry.name) ? [] : testFiles(join(folder, entry.name));
    return entry.name.endsWith('.test.ts') ? [join(folder, entry.name)] : [];
  });
}
