// npm run golden: writes conformance/golden/ anew with the genuine SDK. With --check it only compares.
import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goProgram } from './support/go.ts';
import { goldenFolder } from './support/golden.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const GENERATED = /\.(arrow|arrows|json)$/;

await using made = await temporaryFolder();
await promisify(execFile)(await goProgram('golden'), ['write', made.path]);
const [before, after] = await Promise.all([generatedFiles(goldenFolder), generatedFiles(made.path)]);
const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !same(before.get(name), after.get(name)));
const total = [...after.values()].reduce((sum, bytes) => sum + bytes.length, 0);
console.log(
  `${after.size} files, ${total} bytes; ${changed.length} differ from what was there${changed.length ? `: ${changed.join(', ')}` : ''}`,
);
if (process.argv.includes('--check')) process.exitCode = changed.length === 0 ? 0 : 1;
else {
  for (const name of before.keys()) await rm(join(goldenFolder, name));
  await cp(made.path, goldenFolder, { recursive: true });
}

async function generatedFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => GENERATED.test(name)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
