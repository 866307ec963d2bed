import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../logger.ts';
import { RunFolder, sweepRunRoot } from './index.ts';
import { identify } from './process-table.ts';
import { hostRecordFile } from './run-folder.ts';

const onlyLinux = { skip: process.platform !== 'linux' && 'needs /proc' };
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

function temporaryRoot(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bp-run-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function startHost(root: string): Promise<{ child: ChildProcess; path: string; pids: number[] }> {
  const child = spawn(process.execPath, ['--conditions=backplane:source', fixture('host-with-sleepers.mjs'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { child, ...JSON.parse(String(chunk)) };
}

async function sweep(root: string): Promise<void> {
  const own = new RunFolder({ root });
  await sweepRunRoot(own, silentLogger);
  await own.close();
}

/** SIGKILL was sent; the end of each process is what we wait for. */
async function allGone(pids: readonly number[]): Promise<void> {
  const deadline = AbortSignal.timeout(120_000);
  while (pids.some((pid) => identify(pid) !== undefined)) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('sweepRunRoot', () => {
  test('after a host was killed, its plugins, unrecorded ones and orphans too, and its folder are gone', onlyLinux, async () => {
    using root = temporaryRoot();
    const { child, path, pids } = await startHost(root.path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(
      pids.every((pid) => identify(pid) !== undefined),
      true,
      'all three outlive the host',
    );
    await sweep(root.path);
    await allGone(pids);
    assert.equal(existsSync(path), false);
    assert.deepEqual(readdirSync(root.path), []);
  });

  test('a host that lives keeps its folder and its processes', onlyLinux, async () => {
    using root = temporaryRoot();
    const { child, path, pids } = await startHost(root.path);
    try {
      await sweep(root.path);
      assert.equal(existsSync(join(path, hostRecordFile)), true);
      assert.equal(
        pids.every((pid) => identify(pid) !== undefined),
        true,
      );
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await sweep(root.path);
      await allGone(pids);
    }
  });

  test('a process that merely has the recorded pid is not killed', onlyLinux, async () => {
    using root = temporaryRoot();
    const bystander = spawn(process.execPath, [fixture('sleeps.mjs')], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    await once(bystander.stdout as NodeJS.ReadableStream, 'data');
    const folder = join(root.path, '999999999-abcdef');
    mkdirSync(join(folder, '1'), { recursive: true });
    writeFileSync(join(folder, '1.json'), JSON.stringify({ pid: bystander.pid, startedAt: 'another time' }));
    await sweep(root.path);
    assert.equal(existsSync(folder), false);
    assert.notEqual(identify(bystander.pid as number), undefined);
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  });

  test('a pid that was given to somebody else since does not keep the folder of a dead host', onlyLinux, async () => {
    using root = temporaryRoot();
    const folder = join(root.path, `${process.pid}-abcdef`);
    mkdirSync(folder);
    writeFileSync(join(folder, hostRecordFile), JSON.stringify({ ...identify(process.pid), startedAt: 'another time' }));
    await sweep(root.path);
    assert.equal(existsSync(folder), false);
  });

  test(
    'a host in another pid namespace of this boot keeps its folder, as nobody can tell from here whether it lives',
    onlyLinux,
    async () => {
      using root = temporaryRoot();
      const boot = identify(process.pid)?.startedAt?.split(':')[0];
      for (const [name, startedAt] of [
        ['999999998-abcdef', `${boot}:1`],
        ['999999999-abcdef', 'an earlier boot:1'],
      ] as const) {
        mkdirSync(join(root.path, name));
        writeFileSync(join(root.path, name, hostRecordFile), JSON.stringify({ pid: 999999999, startedAt, pidNamespace: 'pid:[1]' }));
      }
      await sweep(root.path);
      assert.deepEqual(readdirSync(root.path), ['999999998-abcdef']);
    },
  );

  test('a folder without a record stays while its pid lives, and foreign names are left alone', async () => {
    using root = temporaryRoot();
    mkdirSync(join(root.path, `${process.ppid}-abcdef`));
    mkdirSync(join(root.path, 'somebody-elses'));
    await sweep(root.path);
    assert.deepEqual(readdirSync(root.path).sort(), [`${process.ppid}-abcdef`, 'somebody-elses'].sort());
  });
});

describe('RunFolder', () => {
  test('it is private, and closing it leaves nothing', async () => {
    using root = temporaryRoot();
    const folder = new RunFolder({ root: root.path });
    const slot = folder.openSlot();
    slot.record(process.pid);
    assert.equal(statSync(folder.path).mode & 0o777, 0o700);
    assert.equal(statSync(slot.path).mode & 0o777, 0o700);
    await slot.close();
    await slot.close();
    assert.equal(existsSync(slot.path), false);
    await folder.close();
    assert.deepEqual(readdirSync(root.path), []);
  });

  test('what a plugin has closed to others is removed all the same, and links in it are not followed', (t) => {
    using root = temporaryRoot();
    const folder = join(root.path, 'run');
    mkdirSync(join(folder, 'slot/closed/deep'), { recursive: true });
    mkdirSync(join(root.path, 'innocent'), { mode: 0o500 });
    symlinkSync(join(root.path, 'innocent'), join(folder, 'slot/link'));
    for (const name of ['slot/closed/deep', 'slot/closed', 'slot']) chmodSync(join(folder, name), 0);
    const script = `import { removeFolder } from ${JSON.stringify(new URL('./run-folder.ts', import.meta.url).href)}; removeFolder(${JSON.stringify(folder)});`;
    const nobody = process.getuid?.() === 0 ? 65534 : undefined;
    if (nobody !== undefined) execFileSync('chown', ['-R', `${nobody}`, root.path]);
    const args = ['--conditions=backplane:source', '--input-type=module-typescript', '-e', script];
    // As root nothing is closed; then somebody else has to do it, who may not be able to read this very repository.
    const { status, stderr, error } = spawnSync(process.execPath, args, { uid: nobody, encoding: 'utf8', cwd: root.path });
    const isUnreadable = error !== undefined || (/EACCES|ERR_MODULE_NOT_FOUND/.test(stderr) && !stderr.includes(root.path));
    if (nobody !== undefined && isUnreadable) return t.skip('another user cannot read this repository');
    assert.equal(status, 0, stderr);
    assert.equal(existsSync(folder), false);
    assert.equal(statSync(join(root.path, 'innocent')).mode & 0o777, 0o500);
  });

  test('closing one slot ends nothing in another whose name begins alike', onlyLinux, async () => {
    using root = temporaryRoot();
    const folder = new RunFolder({ root: root.path });
    const slots = Array.from({ length: 10 }, () => folder.openSlot());
    const [first, tenth] = [slots[0], slots[9]];
    const env = { PLUGIN_UNIX_SOCKET_DIR: tenth?.path };
    const other = spawn(process.execPath, [fixture('sleeps.mjs')], { stdio: ['ignore', 'pipe', 'inherit'], env });
    const exited = once(other, 'exit');
    await once(other.stdout as NodeJS.ReadableStream, 'data');
    await first?.close();
    assert.notEqual(identify(other.pid as number), undefined);
    await tenth?.close();
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    await folder.close();
  });

  test('a folder that a cleaner of temporary files removed is made again', async () => {
    using root = temporaryRoot();
    const folder = new RunFolder({ root: join(root.path, 'root') });
    rmSync(join(root.path, 'root'), { recursive: true });
    const slot = folder.openSlot();
    assert.equal(existsSync(slot.path), true);
    assert.equal(existsSync(join(folder.path, hostRecordFile)), true);
    await folder.close();
  });

  test('a root that is a symlink, a file, or open to others is refused', () => {
    using root = temporaryRoot();
    symlinkSync(root.path, join(root.path, 'link'));
    writeFileSync(join(root.path, 'file'), '');
    mkdirSync(join(root.path, 'open'));
    chmodSync(join(root.path, 'open'), 0o777);
    for (const [name, reason] of [
      ['link', /it is a symlink/],
      ['file', /it is not a folder/],
      ['open', /others may write to it \(mode 777\)/],
    ] as const) {
      assert.throws(() => new RunFolder({ root: join(root.path, name) }), { code: 'run_folder_unsafe', message: reason });
    }
  });

  test('a root that belongs to somebody else is refused', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
    using root = temporaryRoot();
    mkdirSync(join(root.path, 'theirs'), { mode: 0o700 });
    chownSync(join(root.path, 'theirs'), 12345, 12345);
    assert.throws(() => new RunFolder({ root: join(root.path, 'theirs') }), {
      code: 'run_folder_unsafe',
      message: /belongs to user 12345/,
    });
  });

  test('a root too long for socket paths is refused with the limit', () => {
    using root = temporaryRoot();
    assert.throws(() => new RunFolder({ root: join(root.path, 'x'.repeat(100)) }), {
      code: 'run_folder_unusable',
      message: /a socket path may have \d+ bytes/,
    });
  });
});
