import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diagnose, type Symptoms } from './diagnosis.ts';
import { explainSpawnFailure, interpreterOf, noexecMountOf } from './explain-spawn.ts';

const symptoms: Symptoms = {
  exit: { code: 1, signal: null },
  stderrTail: [],
  isKilledByUs: false,
  isMemoryShort: false,
  exceededBytes: undefined,
};

test('what loaders, runtimes and plugins write is understood', () => {
  for (const [line, diagnosis] of [
    ['gpx: error while loading shared libraries: libpq.so.5: cannot open shared object file', /the shared library libpq\.so\.5 is missing/],
    ["gpx: /lib/libc.so.6: version `GLIBC_2.38' not found (required by gpx)", /needs GLIBC_2\.38, a newer C library/],
    ['This binary is a plugin. These are not meant to be executed directly.', /refused the cookie/],
    ['plugin init error: listen unix /very/long: bind: invalid argument', /socket is too long/],
    ['listen EACCES: permission denied /tmp/x/plugin123', /may not write/],
    ['mkdir /tmp/x: read-only file system', /may not write/],
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', /ran out of memory/],
    ['fatal error: runtime: out of memory', /ran out of memory/],
    ['write /data/x: no space left on device', /a disk is full/],
    ['accept4: too many open files', /may not open more files/],
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@acme/sdk' imported from /p/gpx.ts", /needs the module @acme\/sdk/],
  ] as const) {
    assert.match(diagnose({ ...symptoms, stderrTail: ['starting', line] }) ?? '', diagnosis);
  }
  assert.equal(diagnose({ ...symptoms, stderrTail: ['starting', 'no licence'] }), undefined);
});

test('signals that others sent are explained, ours are not', () => {
  const killed: Symptoms = { ...symptoms, exit: { code: null, signal: 'SIGKILL' } };
  assert.match(diagnose({ ...killed, isMemoryShort: true }) ?? '', /the kernel killed it for want of memory/);
  assert.match(
    diagnose({ ...killed, exceededBytes: 100 * 2 ** 20 }) ?? '',
    /its limit of 100 MiB, and the kernel killed it; raise maxMemoryBytes/,
  );
  assert.match(diagnose(killed) ?? '', /^somebody killed it/);
  assert.equal(diagnose({ ...killed, isKilledByUs: true }), undefined);
  assert.match(diagnose({ ...symptoms, exit: { code: null, signal: 'SIGILL' } }) ?? '', /GOAMD64/);
  assert.match(diagnose({ ...symptoms, exit: { code: null, signal: 'SIGSEGV' } }) ?? '', /memory that is not there/);
  assert.match(diagnose({ ...symptoms, exit: { code: 13, signal: null } }) ?? '', /did it forget to serve\?/);
  assert.equal(diagnose({ ...symptoms, exit: { code: 0, signal: null } }), undefined);
  assert.equal(diagnose({ ...symptoms, exit: undefined }), undefined);
});

test('the interpreter of a script and the loader of an executable are named', { skip: process.platform !== 'linux' && 'ELF' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bp-elf-'));
  try {
    const script = join(folder, 'script');
    writeFileSync(script, '#! /no/such/shell -e\n');
    assert.equal(interpreterOf(script), '/no/such/shell');
    copyFileSync(process.execPath, join(folder, 'node'));
    assert.match(interpreterOf(join(folder, 'node')) ?? '', /^\/lib.*\/ld-/);
    const missing = Object.assign(new Error('spawn x ENOENT'), { code: 'ENOENT' });
    assert.match(explainSpawnFailure(missing, script), /^spawn x ENOENT \(\/no\/such\/shell, which it is started by, is missing/);
    assert.match(explainSpawnFailure(missing, join(folder, 'gone')), /its interpreter or its loader is missing/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a mount that forbids programs is named, the innermost one', () => {
  const mounts = ['/dev/a / ext4 rw 0 0', 'tmpfs /mnt tmpfs rw,noexec 0 0', '/dev/b /mnt/good ext4 rw 0 0', ''].join('\n');
  assert.equal(noexecMountOf('/mnt/plugins/gpx', mounts), '/mnt');
  assert.equal(noexecMountOf('/mnt/good/gpx', mounts), undefined);
  assert.equal(noexecMountOf('/mntx/gpx', mounts), undefined);
});
