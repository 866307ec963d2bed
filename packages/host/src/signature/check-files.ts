import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** More than any plugin has; a folder with more is named instead of being read for minutes. */
const MAX_FILES = 100_000;

/** Name of the file with the signature; it cannot list itself. */
export const MANIFEST_FILE = 'MANIFEST.txt';

/**
 * Says how the files of a folder differ from a list of hashes: a file that is missing, another one than was signed, or
 * one that nobody signed. The list's own paths are never opened.
 *
 * @param files SHA-256 in hexadecimal by path relative to the folder, with slashes
 * @returns the first difference in words, or undefined when there is none
 */
export async function findFileDifference(folder: string, files: ReadonlyMap<string, string>): Promise<string | undefined> {
  const root = await realpath(folder);
  const present: string[] = [];
  const escaped = await listFiles(root, '', present);
  if (escaped !== undefined) return escaped;
  const unsigned = present.find((path) => path !== MANIFEST_FILE && !files.has(path));
  if (unsigned !== undefined) return `${unsigned} is not in the manifest`;
  const found = new Set(present);
  for (const [path, wanted] of files) {
    if (!found.has(path)) return `${path} is missing`;
    if ((await hashOf(join(root, path))) !== wanted) return `${path} is not the file that was signed`;
  }
  return undefined;
}

/** Collects the paths of files; returns what is wrong with one of them. */
async function listFiles(root: string, folder: string, into: string[]): Promise<string | undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isSymbolicLink()) {
      const target = await realpath(join(root, path)).catch(() => undefined);
      if (target === undefined || !target.startsWith(root + sep)) return `${path} is a link that leads out of the folder`;
      // A linked folder would be walked twice, or forever; what was signed has files.
      if (!(await stat(target)).isFile()) return `${path} is a link to something else than a file`;
      into.push(path);
    } else if (entry.isDirectory()) {
      const problem = await listFiles(root, path, into);
      if (problem !== undefined) return problem;
    } else if (entry.isFile()) {
      into.push(path);
    } else {
      return `${path} is neither a file nor a folder`;
    }
    if (into.length > MAX_FILES) return `there are more than ${MAX_FILES} files`;
  }
  return undefined;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
