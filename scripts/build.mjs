// Compiles all packages to dist/, bundles the program, and checks that what would be published loads without the sources.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, projectNode, root } from './bootstrap.mjs';

ensureInstalled({ dev: true });
run(join(root, 'node_modules/.bin/tsc'), ['-b']);
for (const folder of readdirSync(join(root, 'packages'))) {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  for (const door of Object.keys(exports)) {
    const specifier = door === '.' ? name : `${name}${door.slice(1)}`;
    run(projectNode(), ['--input-type=module', '--eval', `await import('${specifier}')`]);
  }
}
run(projectNode(), [join(root, 'scripts/program.mjs')]);
run(projectNode(), [join(root, 'packages/cli/program/backplane.cjs'), '--version']);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`failed: ${command} ${args.join(' ')}${error ? ` (${error.message})` : ''}`);
  process.exit(1);
}
