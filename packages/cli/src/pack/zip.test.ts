import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';
import { writeZip } from './zip.ts';

test('an archive has its files, their names and permissions, and is the same each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-zip-'));
  try {
    const contents = ['#!/bin/sh\n', '', 'ü'.repeat(100_000)];
    const entries = contents.map((content, i) => {
      const file = join(folder, `${i}`);
      writeFileSync(file, content);
      return { name: `acme/${['run', 'empty', 'größe.txt'][i]}`, file, mode: i === 0 ? 0o755 : 0o644 };
    });
    const archive = join(folder, 'a.zip');
    const bytes = await writeZip(archive, entries);
    const zip = readFileSync(archive);
    assert.equal(zip.length, bytes);
    const read = readZip(zip);
    assert.deepEqual(
      read.map(({ name, mode }) => [name, mode.toString(8)]),
      [
        ['acme/run', '100755'],
        ['acme/empty', '100644'],
        ['acme/größe.txt', '100644'],
      ],
    );
    assert.deepEqual(
      read.map(({ content }) => content.toString()),
      contents,
    );
    await writeZip(join(folder, 'b.zip'), entries);
    assert.deepEqual(readFileSync(join(folder, 'b.zip')), zip);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Reads by the central directory, as unzip does, and compares with the local headers. */
function readZip(zip: Buffer) {
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    assert.equal(zip.readUInt32LE(at), 0x02014b50);
    const [crc, packed, nameBytes, local] = [at + 16, at + 20, at + 28, at + 42].map((place, i) =>
      i === 2 ? zip.readUInt16LE(place) : zip.readUInt32LE(place),
    ) as [number, number, number, number];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const mode = zip.readUInt32LE(at + 38) >>> 16;
    assert.equal(zip.readUInt32LE(local), 0x04034b50);
    assert.equal(zip.toString('utf8', local + 30, local + 30 + nameBytes), name);
    const content = inflateRawSync(zip.subarray(local + 30 + nameBytes, local + 30 + nameBytes + packed));
    assert.equal(crc32(content), crc);
    at += 46 + nameBytes;
    return { name, mode, content };
  });
}
