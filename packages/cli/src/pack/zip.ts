import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

// Own code, because a ZIP archive without the extensions for 4 GB and more is three small tables around what node:zlib
// does, and the packages that write them are more than that. APPNOTE.TXT 6.3.10 of PKWARE has the layout.

/** A file of an archive. */
export interface ZipEntry {
  /** With slashes. */
  readonly name: string;
  readonly file: string;
  /** Permission bits, kept for systems that have them. */
  readonly mode: number;
}

interface Written {
  readonly name: Buffer;
  readonly mode: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
/** 1980-01-01, the first day that the format knows: the same files give the same archive. */
const EPOCH_DATE = 0x0021;
const MADE_ON_UNIX = 3 << 8;
const REGULAR_FILE = 0o100000;
const LIMIT = 0xffff_ffff;

/**
 * Writes an archive of files, in the order given. One file is in memory at a time.
 *
 * @returns its size in bytes
 * @throws RangeError beyond 4 GB or 65535 files
 */
export async function writeZip(target: string, entries: readonly ZipEntry[]): Promise<number> {
  const out = createWriteStream(target);
  let offset = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    offset += bytes.length;
    if (!out.write(bytes)) await once(out, 'drain');
  };
  const written: Written[] = [];
  for (const { name, file, mode } of entries) {
    const content = await readFile(file);
    const packed = await promisify(deflateRaw)(content);
    const one: Written = { name: Buffer.from(name), mode, crc: crc32(content), packedBytes: packed.length, bytes: content.length, offset };
    written.push(one);
    await write(localHeader(one));
    await write(packed);
  }
  const directoryOffset = offset;
  for (const one of written) await write(centralHeader(one));
  if (offset > LIMIT || written.length > 0xffff) throw new RangeError(`${target} would be too big for a ZIP archive`);
  await write(endRecord(written.length, directoryOffset, offset - directoryOffset));
  out.end();
  await once(out, 'close');
  return offset;
}

/** | signature 4 | version 2 | flags 2 | method 2 | time 2 | date 2 | crc 4 | packed 4 | size 4 | name 2 | extra 2 | name | */
function localHeader(one: Written): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(VERSION, 4);
  writeCommon(head, 6, one);
  return Buffer.concat([head, one.name]);
}

/** | signature 4 | made by 2 | version 2 | as above, 24 | comment 2 | disk 2 | internal 2 | external 4 | offset 4 | name | */
function centralHeader(one: Written): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  head.writeUInt16LE(VERSION, 6);
  writeCommon(head, 8, one);
  head.writeUInt32LE(((REGULAR_FILE | one.mode) << 16) >>> 0, 38);
  head.writeUInt32LE(one.offset, 42);
  return Buffer.concat([head, one.name]);
}

function writeCommon(head: Buffer, at: number, { crc, packedBytes, bytes, name }: Written): void {
  head.writeUInt16LE(UTF8_NAMES, at);
  head.writeUInt16LE(DEFLATED, at + 2);
  head.writeUInt16LE(0, at + 4);
  head.writeUInt16LE(EPOCH_DATE, at + 6);
  head.writeUInt32LE(crc, at + 8);
  head.writeUInt32LE(packedBytes, at + 12);
  head.writeUInt32LE(bytes, at + 16);
  head.writeUInt16LE(name.length, at + 20);
}

/** | signature 4 | disk 2 | disk 2 | entries 2 | entries 2 | size 4 | offset 4 | comment 2 | */
function endRecord(count: number, offset: number, size: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
