import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { discoverPlugin } from '../../discovery/index.ts';
import { launcherOptions } from '../fixtures/launcher-options.ts';
import { openWorkshop, recordingLogger } from '../fixtures/plugin-folder.ts';
import { createProcessLauncher } from '../index.ts';
import { RunFolder, sweepRunRoot } from '../run-folder/index.ts';
import { realTree } from './fixtures/real-tree.ts';
import { assertUsableCgroup, findDelegatedCgroup, removeGroup } from './index.ts';

/** A folder that looks like a tree of cgroups; its files do nothing. */
function fakeTree(own: string) {
  const root = mkdtempSync(join(tmpdir(), 'bp-cgroup-'));
  const selfFile = join(root, 'self');
  writeFileSync(selfFile, own);
  const add = (path: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(root, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, path, name), text);
    return join(root, path);
  };
  return { root, selfFile, add, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

const unit = '/system.slice/backplane.service';
const withMemory = { 'cgroup.controllers': 'cpu memory pids\n', 'cgroup.subtree_control': '' };

describe('the cgroup of a host', () => {
  test('is that of its unit when it runs in a group below that, and memory is handed on then', () => {
    using tree = fakeTree(`1:name=systemd:/x\n0::${unit}/host\n`);
    const folder = tree.add(unit, withMemory);
    assert.equal(findDelegatedCgroup(tree), folder);
    assert.equal(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8'), '+memory');
  });

  test('is none without version 2, without memory, and where the tree is not ours although we may write to it', () => {
    for (const [own, path] of [
      [`4:memory:${unit}\n`, unit],
      [`0::${unit}\n`, '/system.slice'],
      ['0::/\n', '/'],
      ['0::/user.slice/session-1\n', '/user.slice'],
    ] as const) {
      using tree = fakeTree(own);
      const folder = tree.add(path, withMemory);
      assert.equal(findDelegatedCgroup(tree), undefined, own);
      assert.equal(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8'), '');
    }
    using tree = fakeTree(`0::${unit}/host\n`);
    tree.add(unit, { ...withMemory, 'cgroup.controllers': 'cpu pids\n' });
    assert.equal(findDelegatedCgroup(tree), undefined);
    assert.equal(findDelegatedCgroup({ selfFile: '/no/such/file' }), undefined);
  });

  test('that an operator names is refused with the reason when it cannot be used', () => {
    using tree = fakeTree('');
    const folder = tree.add('given', { 'cgroup.controllers': 'cpu\n' });
    assert.throws(() => assertUsableCgroup(tree.root), { code: 'cgroup_unusable', message: /it is no cgroup of version 2/ });
    assert.throws(() => assertUsableCgroup(folder), { code: 'cgroup_unusable', message: /no controller of memory/ });
  });
});

describe('a plugin with a limit of memory', () => {
  test('runs in a group with that limit, and a kill for it is told and counted', async () => {
    using tree = fakeTree('');
    using workshop = openWorkshop();
    const cgroup = tree.add('given', withMemory);
    const logger = recordingLogger();
    const limits = () => ({ maxReplyBytes: 2 ** 20, softMemoryBytes: undefined, maxMemoryBytes: 2 ** 27, maxLogLinesPerSecond: 1_000 });
    const hits: unknown[] = [];
    const launcher = await createProcessLauncher(
      launcherOptions(workshop, { cgroup, limits, logger, onLimit: (...hit) => hits.push(hit) }),
    );
    const running = await launcher.launch(await discoverPlugin(workshop.addPlugin('well-behaved')));
    const warned = () => logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    assert.deepEqual(warned(), []);
    const [name] = readdirSync(workshop.runRoot);
    const group = join(cgroup, `${name}-1`);
    const read = (file: string) => readFileSync(join(group, file), 'utf8');
    assert.deepEqual([read('memory.max'), read('memory.oom.group'), read('cgroup.procs')], ['134217728', '1', String(running.pid)]);

    writeFileSync(join(group, 'memory.events'), 'low 0\noom 1\noom_kill 1\noom_group_kill 1\n');
    process.kill(running.pid as number, 'SIGKILL');
    assert.match((await running.gone).why, /^signal SIGKILL: it wanted more memory than its limit of 128 MiB, and the kernel killed it/);
    assert.deepEqual(hits, [['wellbehaved-datasource', 'maxMemoryBytes', 1]]);
    assert.deepEqual(warned(), ['the cgroup of a plugin cannot be removed'], 'a folder with files in it, unlike the real one');
    await launcher[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });

  test('runs all the same when no group can be made', async () => {
    using workshop = openWorkshop();
    const logger = recordingLogger();
    const limits = () => ({ maxReplyBytes: 2 ** 20, softMemoryBytes: undefined, maxMemoryBytes: 2 ** 27, maxLogLinesPerSecond: 1_000 });
    const launcher = await createProcessLauncher(launcherOptions(workshop, { cgroup: '/no/such/cgroup', limits, logger }));
    const running = await launcher.launch(await discoverPlugin(workshop.addPlugin('well-behaved')));
    assert.ok(logger.lines.some(({ message }) => message === 'memory of a plugin is measured, not limited by the kernel'));
    await running.stop();
    await launcher[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });
});

test('a sweep removes the groups on record, and none with another name', async () => {
  using tree = fakeTree('');
  using workshop = openWorkshop();
  const left = join(workshop.runRoot, '999999999-abcdef');
  const [theirs, others] = [join(tree.root, '999999999-abcdef-1'), join(tree.root, 'innocent')];
  for (const [index, cgroup] of [theirs, others].entries()) {
    mkdirSync(cgroup);
    mkdirSync(join(left, String(index + 1)), { recursive: true, mode: 0o700 });
    writeFileSync(join(left, `${index + 1}.json`), JSON.stringify({ pid: 999999999, cgroup }));
  }
  const own = new RunFolder({ root: workshop.runRoot });
  await sweepRunRoot(own, recordingLogger());
  await own.close();
  assert.deepEqual([theirs, others].map(existsSync), [false, true]);
  workshop.assertNothingLeft();
});

const sleeper = fileURLToPath(new URL('../../../fixtures/sleeps.mjs', import.meta.url));

const plain = await realTree();

describe('on a real tree', () => {
  test('removing a group ends all that is in it, whatever that did to leave its parents', {
    skip: plain === undefined && 'this system lets us make no cgroup of version 2',
  }, async () => {
    const group = mkdtempSync(join(plain as string, 'bp-test-'));
    const child = spawn(process.execPath, [sleeper], { detached: true, env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    writeFileSync(join(group, 'cgroup.procs'), String(child.pid));
    await removeGroup(group);
    assert.equal(existsSync(group), false);
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    await removeGroup(group);
  });
});
