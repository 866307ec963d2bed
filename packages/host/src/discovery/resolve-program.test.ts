import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseManifest } from '../manifest/index.ts';
import { programFormat, runsOn, thisMachine } from './architecture.ts';
import { type DiscoveredPlugin, resolveProgram } from './index.ts';

const machine = { os: 'linux', arch: 'amd64' };
const native = 'gpx_acme_linux_amd64';

interface Folder extends AsyncDisposable {
  readonly path: string;
  plugin(executable?: string, nested?: string): DiscoveredPlugin;
}

async function pluginFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'backplane-program-'));
  return {
    path,
    plugin(executable = 'gpx_acme', nested = '') {
      const manifest = parseManifest(
        JSON.stringify({ id: 'acme-datasource', type: 'datasource', backend: true, executable }),
        'plugin.json',
      );
      return { manifest, folder: join(path, nested), rootFolder: path, parentId: undefined, files: new Set() };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The head of an executable for a machine, as the byte tables in architecture.ts say. */
function head(format: 'elf' | 'mach-o' | 'pe', processor: number): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  if (format === 'elf') {
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    view.setUint16(18, processor, true);
  } else if (format === 'mach-o') {
    view.setUint32(0, 0xfeedfacf, true);
    view.setUint32(4, processor, true);
  } else {
    bytes.set([0x4d, 0x5a]);
    view.setUint32(0x3c, 0x80, true);
    bytes.set([0x50, 0x45, 0, 0], 0x80);
    view.setUint16(0x84, processor, true);
  }
  return bytes;
}

describe('resolveProgram', () => {
  test('the native build for this machine wins over .js, and .js over .ts [handshake/host-resolves-executable]', async () => {
    await using folder = await pluginFolder();
    await writeFile(join(folder.path, 'gpx_acme.ts'), '');
    assert.deepEqual(await resolveProgram(folder.plugin(), machine), { kind: 'node', file: join(folder.path, 'gpx_acme.ts') });
    await writeFile(join(folder.path, 'gpx_acme.js'), '');
    assert.deepEqual(await resolveProgram(folder.plugin(), machine), { kind: 'node', file: join(folder.path, 'gpx_acme.js') });
    await writeFile(join(folder.path, native), '#!/bin/sh\n', { mode: 0o755 });
    assert.deepEqual(await resolveProgram(folder.plugin(), machine), { kind: 'native', file: join(folder.path, native) });
  });

  test('a nested plugin may use the executable of the app around it, and nothing outside of that', async () => {
    await using folder = await pluginFolder();
    await mkdir(join(folder.path, 'datasource'));
    await writeFile(join(folder.path, native), '#!/bin/sh\n', { mode: 0o755 });
    const { file } = await resolveProgram(folder.plugin('../gpx_acme', 'datasource'), machine);
    assert.equal(file, join(folder.path, native));
    for (const executable of ['../gpx_acme', '../../bin/sh', '/bin/sh', '.']) {
      await assert.rejects(resolveProgram(folder.plugin(executable), machine), { code: 'executable_outside' }, executable);
    }
  });

  test('a missing executable names what was looked for and which builds are there', async () => {
    await using folder = await pluginFolder();
    await assert.rejects(resolveProgram(folder.plugin(), machine), {
      code: 'executable_missing',
      message: /looked for gpx_acme_linux_amd64, gpx_acme\.js, gpx_acme\.ts/,
    });
    await writeFile(join(folder.path, 'gpx_acme_darwin_arm64'), '');
    await assert.rejects(resolveProgram(folder.plugin(), machine), /found only gpx_acme_darwin_arm64; install the build for this machine/);
    await assert.rejects(resolveProgram(folder.plugin(''), machine), { code: 'executable_undeclared' });
  });

  test('an executable without the permission to run is named with its mode', async () => {
    await using folder = await pluginFolder();
    await writeFile(join(folder.path, native), '#!/bin/sh\n', { mode: 0o644 });
    await assert.rejects(resolveProgram(folder.plugin(), machine), {
      code: 'executable_not_permitted',
      message: /mode 0644.*permission denied.*chmod \+x/,
    });
    await chmod(join(folder.path, native), 0o755);
    await resolveProgram(folder.plugin(), machine);
  });

  test('an executable for another processor or system is named with both', async () => {
    await using folder = await pluginFolder();
    for (const [bytes, found] of [
      [head('elf', 183), 'linux arm64'],
      [head('mach-o', 0x01000007), 'darwin amd64'],
      [head('pe', 0x8664), 'windows amd64'],
      [head('elf', 0x9999), 'linux an unknown processor'],
    ] as const) {
      await writeFile(join(folder.path, native), bytes, { mode: 0o755 });
      await assert.rejects(resolveProgram(folder.plugin(), machine), {
        code: 'executable_wrong_architecture',
        message: new RegExp(`is built for ${found}, but this machine is linux amd64`),
      });
    }
  });

  test('a text file without a #! line is no program', async () => {
    await using folder = await pluginFolder();
    await writeFile(join(folder.path, native), 'echo hello\n', { mode: 0o755 });
    await assert.rejects(resolveProgram(folder.plugin(), machine), { code: 'executable_not_program', message: /exec format error/ });
  });

  test('the program that runs this test is one for this machine', async () => {
    await using folder = await pluginFolder();
    const here = thisMachine();
    const file = join(folder.path, `gpx_acme_${here.os}_${here.arch}${here.os === 'windows' ? '.exe' : ''}`);
    await copyFile(process.execPath, file);
    await chmod(file, 0o755);
    assert.deepEqual(await resolveProgram(folder.plugin()), { kind: 'native', file });
  });
});

test('a fat Mach-O runs on each of its processors', () => {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of [
    [0, 0xcafebabe],
    [4, 2],
    [8, 0x01000007],
    [28, 0x0100000c],
  ] as const) {
    view.setUint32(offset, value);
  }
  const format = programFormat(bytes);
  assert.deepEqual(format, { kind: 'native', os: 'darwin', archs: ['amd64', 'arm64'] });
  assert.equal(runsOn(format, { os: 'darwin', arch: 'arm64' }), true);
  assert.equal(runsOn(format, { os: 'linux', arch: 'arm64' }), false);
});
