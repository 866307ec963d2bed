import { open } from 'node:fs/promises';

/** System and processor in Go's names, which name executables. */
export interface Machine {
  readonly os: string;
  readonly arch: string;
}

/** What the head of an executable says about it. */
export type ProgramFormat =
  | { readonly kind: 'native'; readonly os: string; readonly archs: readonly string[] }
  | { readonly kind: 'script' }
  | { readonly kind: 'unknown' };

const goArch: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  mips: 'mips',
  mipsel: 'mipsle',
  ppc64: 'ppc64le',
  loong64: 'loong64',
};

/** This machine in Go's names: `linux`, `darwin`, `windows` and `amd64`, `arm64`, `arm`, `386` … */
export function thisMachine(): Machine {
  return { os: process.platform === 'win32' ? 'windows' : process.platform, arch: goArch[process.arch] ?? process.arch };
}

/** Reads the head of a file: ELF, Mach-O (fat too), PE, a `#!` line, or none of them. */
export async function readProgramFormat(file: string): Promise<ProgramFormat> {
  await using handle = await open(file, 'r');
  const bytes = new Uint8Array(4096);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  return programFormat(bytes.subarray(0, bytesRead));
}

/**
 * Tells the format from the first bytes of a file.
 *
 * | format | at 0 | processor |
 * |---|---|---|
 * | ELF | 7F 45 4C 46 | 16 bits at 18, byte order by byte 5 |
 * | Mach-O | FE ED FA CE / CF in either byte order | 32 bits at 4 |
 * | fat Mach-O | CA FE BA BE | count at 4, then 20 bytes each, processor first; big endian |
 * | PE | 4D 5A | offset at 3C, there 50 45 00 00, then 16 bits |
 */
export function programFormat(bytes: Uint8Array): ProgramFormat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0x23 && bytes[1] === 0x21) return { kind: 'script' };
  if (bytes.length < 64) return { kind: 'unknown' };
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return native('linux', [elfArchs[view.getUint16(18, bytes[5] === 1)]]);
  if (magic === 0xfeedface || magic === 0xfeedfacf) return native('darwin', [machArchs[view.getUint32(4)]]);
  if (magic === 0xcefaedfe || magic === 0xcffaedfe) return native('darwin', [machArchs[view.getUint32(4, true)]]);
  if (magic === 0xcafebabe) {
    const count = Math.min(view.getUint32(4), Math.floor((bytes.length - 8) / 20));
    return native(
      'darwin',
      Array.from({ length: count }, (_, index) => machArchs[view.getUint32(8 + index * 20)]),
    );
  }
  const peOffset = view.getUint32(0x3c, true);
  if (view.getUint16(0) === 0x4d5a && peOffset + 6 <= bytes.length && view.getUint32(peOffset) === 0x50450000) {
    return native('windows', [peArchs[view.getUint16(peOffset + 4, true)]]);
  }
  return { kind: 'unknown' };
}

/** True when the machine can run it as far as the head of the file tells. */
export function runsOn(format: ProgramFormat, machine: Machine): boolean {
  if (format.kind !== 'native') return format.kind === 'script';
  // ELF is the format of every Unix but macOS, and its field for the system is not filled reliably.
  const elf = format.os === 'linux' && machine.os !== 'darwin' && machine.os !== 'windows';
  return (elf || format.os === machine.os) && format.archs.includes(machine.arch);
}

function native(os: string, archs: readonly (string | undefined)[]): ProgramFormat {
  return { kind: 'native', os, archs: archs.map((arch) => arch ?? 'an unknown processor') };
}

const elfArchs: Readonly<Record<number, string>> = {
  3: '386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64le',
  22: 's390x',
  40: 'arm',
  62: 'amd64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
};
const machArchs: Readonly<Record<number, string>> = { 7: '386', 12: 'arm', 16777223: 'amd64', 16777228: 'arm64' };
const peArchs: Readonly<Record<number, string>> = { 332: '386', 34404: 'amd64', 43620: 'arm64', 448: 'arm', 452: 'arm' };
