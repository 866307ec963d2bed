// Adds the optional platform packages that a registry mirror lacks to package-lock.json.
//
// `npm install` leaves an optional package out of the lockfile when the registry does not have it,
// and `npm ci` then refuses the lockfile as out of step. Run this after `npm install`.
// The entries carry name, version and platform, so that npm skips them elsewhere and finds them at home.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    if (lock.packages[at] || lock.packages[`${path}/${at}`] || !/^\d/.test(range)) continue;
    lock.packages[at] = { version: range, ...(entry.dev ? { dev: true } : {}), optional: true, ...platformOf(name) };
    added.push(`${name}@${range}`);
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete' : `added ${added.join(', ')}`);

/** Platform fields from a package name such as `@biomejs/cli-linux-x64-musl`. */
function platformOf(name) {
  const os = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'wasm32', 'wasi'].find((word) => name.includes(word));
  const cpu = ['arm64', 'armv7', 'arm-', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32'].find((word) => name.includes(word));
  const cpuName = cpu === 'armv7' || cpu === 'arm-' ? 'arm' : cpu;
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpuName ? { cpu: [cpuName] } : {}),
    ...(name.includes('musl') ? { libc: ['musl'] } : {}),
  };
}
