import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError, HostError } from '../../errors/index.ts';

/** Longest path that a Unix socket can have, without the closing zero. */
const maxSocketPath = process.platform === 'linux' ? 107 : 103;
/** Room for `/<pid>-<random>/<number>/<name of the socket>`. */
const pathReserve = 60;

/**
 * Opens the folder in which the hosts of this user keep their run folders, and makes it when there is none.
 *
 * @param wanted by default `<tmpdir>/backplane-<uid>`, or below `/tmp` when that would be too long for sockets
 * @throws HostError `run_folder_unsafe` when others could plant files there, `run_folder_unusable`
 */
export function openRunRoot(wanted?: string): string {
  const path = wanted ?? defaultRunRoot();
  if (isTooLong(path)) {
    const detail = `a socket path may have ${maxSocketPath} bytes, which leaves ${maxSocketPath - pathReserve} for this one`;
    throw new HostError('run_folder_unusable', { folder: path, detail });
  }
  try {
    mkdirSync(path, { recursive: wanted !== undefined, mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new HostError('run_folder_unusable', { folder: path, detail: describeError(cause) }, { cause });
    }
  }
  assertSafe(path);
  return path;
}

function defaultRunRoot(): string {
  const name = `backplane-${process.getuid?.() ?? 'user'}`;
  const path = join(tmpdir(), name);
  return isTooLong(path) && process.platform !== 'win32' ? join('/tmp', name) : path;
}

function isTooLong(path: string): boolean {
  return process.platform !== 'win32' && Buffer.byteLength(path) > maxSocketPath - pathReserve;
}

/** Anyone may make a folder in a shared temp folder before us: it must be ours alone, and no symlink. */
function assertSafe(folder: string): void {
  const found = lstatSync(folder);
  const unsafe = (detail: string) => new HostError('run_folder_unsafe', { folder, detail });
  if (found.isSymbolicLink()) throw unsafe('it is a symlink');
  if (!found.isDirectory()) throw unsafe('it is not a folder');
  if (process.getuid === undefined) return;
  if (found.uid !== process.getuid()) throw unsafe(`it belongs to user ${found.uid}, not to ${process.getuid()}`);
  if ((found.mode & 0o022) !== 0) throw unsafe(`others may write to it (mode ${(found.mode & 0o777).toString(8)})`);
  if ((found.mode & 0o055) !== 0) chmodSync(folder, 0o700);
}
