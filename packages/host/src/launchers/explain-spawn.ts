import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { describeError } from '../errors/index.ts';

/** What the system said when it refused to start a file, and what that means for this file. */
export function explainSpawnFailure(cause: unknown, file: string): string {
  const hint = hintFor((cause as NodeJS.ErrnoException).code, file);
  return hint === undefined ? describeError(cause) : `${describeError(cause)} (${hint})`;
}

function hintFor(code: string | undefined, file: string): string | undefined {
  switch (code) {
    case 'ENOENT': {
      // The file itself was there a moment ago, so this is about what it needs.
      const needed = interpreterOf(file);
      const what = needed === undefined ? 'its interpreter or its loader' : `${needed}, which it is started by,`;
      return `${what} is missing, or the file was removed just now; install that, or a statically linked build`;
    }
    case 'EACCES': {
      const mount = noexecMountOf(file);
      return mount === undefined
        ? 'it, or its interpreter, must not be executed by this user'
        : `it lies on ${mount}, which is mounted noexec; install plugins elsewhere, or mount that with exec`;
    }
    case 'ENOEXEC':
      return 'it is no program for this machine, or damaged';
    case 'E2BIG':
      return 'its environment is too large; hand over less';
    case 'EAGAIN':
      return 'this user or container may not have more processes';
    case 'ENOMEM':
      return 'the machine is out of memory';
    case 'EMFILE':
    case 'ENFILE':
      return 'this process may not open more files; raise ulimit -n';
    case 'ENOSPC':
      return 'the disk of the socket folder is full';
    case 'ETXTBSY':
      return 'it is being written just now';
    default:
      return undefined;
  }
}

/** The program behind `#!`, or the loader that an ELF executable asks for. */
export function interpreterOf(file: string): string | undefined {
  const head = readHead(file, 4096);
  if (head.subarray(0, 2).toString() === '#!') return /^#!\s*(\S+)/.exec(head.toString('utf8'))?.[1];
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return undefined;
  // 64 bits, little-endian: program headers start at the offset in bytes 32 to 39, each with its kind, offset and size.
  const start = Number(head.readBigUInt64LE(32));
  const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let at = start; at < start + size * count && at + 40 <= head.length; at += size) {
    if (head.readUInt32LE(at) !== elfInterpreter) continue;
    const offset = Number(head.readBigUInt64LE(at + 8));
    const length = Number(head.readBigUInt64LE(at + 32));
    return head.toString('latin1', offset, offset + length - 1) || undefined;
  }
  return undefined;
}

/** PT_INTERP of the ELF specification. */
const elfInterpreter = 3;

function readHead(file: string, bytes: number): Buffer {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const head = Buffer.alloc(bytes);
      return head.subarray(0, readSync(descriptor, head));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return Buffer.alloc(0); // a hint is not worth another error
  }
}

/** The mount point that a file lies on, when programs must not be started from there. */
export function noexecMountOf(file: string, mounts = readMounts()): string | undefined {
  let found: { readonly point: string; readonly options: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [, point, , options] = line.split(' ');
    if (point === undefined || options === undefined) continue;
    const isAround = point === '/' || file === point || file.startsWith(`${point}/`);
    if (isAround && (found === undefined || point.length >= found.point.length)) found = { point, options };
  }
  return found?.options.split(',').includes('noexec') ? found.point : undefined;
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return ''; // no Linux
  }
}
