// npm run generate: writes packages/protocol/src/**/gen/ from the .proto files. With --check it only compares.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled({ dev: true });
const home = join(root, 'packages/protocol');
const committed = join(home, 'src/gen');
const check = process.argv.includes('--check');
const out = check ? mkdtempSync(join(tmpdir(), 'backplane-generate-')) : committed;
try {
  const { status } = spawnSync(join(root, 'node_modules/.bin/buf'), ['generate', 'proto', '--output', out], {
    cwd: home,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  });
  if (status !== 0) process.exit(1);
  if (check) compare();
} finally {
  if (check) rmSync(out, { recursive: true, force: true });
}

function compare() {
  const names = (folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => /\.(js|ts)$/.test(name))
      .sort();
  const [now, then] = [names(out), names(committed)];
  const stale = [...new Set([...now, ...then])].filter(
    (name) =>
      !now.includes(name) || !then.includes(name) || readFileSync(join(out, name), 'utf8') !== readFileSync(join(committed, name), 'utf8'),
  );
  if (stale.length === 0) return;
  console.error(`Generated code differs from the .proto files: ${stale.join(', ')}. Run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
}
