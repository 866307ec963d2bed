import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Makes Node run the sources of the packages, as the tests do. */
export const SOURCE_CONDITION = '--conditions=backplane:source';
const PRINT_GO = fileURLToPath(import.meta.resolve('../../conformance/support/print-go.ts'));

/**
 * The folder of the Go programs. They are built by the conformance package; asking it as a program keeps the two apart.
 *
 * @throws Error when this machine has no Go
 */
export async function goPrograms(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SOURCE_CONDITION, PRINT_GO]);
  const build = JSON.parse(stdout) as { folder: string } | { missing: string };
  if ('missing' in build) throw new Error(`this bench compares with genuine Go: ${build.missing}`);
  return build.folder;
}
