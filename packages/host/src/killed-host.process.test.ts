import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createHost } from './index.ts';
import { openWorkshop, until, type Workshop } from './launchers/fixtures/plugin-folder.ts';
import { identify, isSameProcess, type ProcessIdentity } from './launchers/run-folder/process-table.ts';

const program = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const rounds = 10;

/** A process that has nothing to do with the hosts. */
async function startBystander(environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program('sleeps.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: environment,
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

/** Starts a host that calls its plugins, and kills it in the middle of that, soon after. */
async function killOneHost({ pluginsFolder, runRoot }: Workshop): Promise<ProcessIdentity[]> {
  const args = ['--conditions=backplane:source', program('host-under-load.mjs'), pluginsFolder, runRoot];
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(host.stdout as NodeJS.ReadableStream, 'data');
  const identities = (JSON.parse(String(line)) as number[]).map((pid) => identify(pid));
  await sleep(Math.random() * 50);
  host.kill('SIGKILL');
  await once(host, 'exit');
  return identities.filter((identity) => identity !== undefined);
}

test('a host that is killed under load twenty times leaves nothing that the next one does not sweep, and nothing innocent dies', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  using workshop = openWorkshop();
  using elsewhere = openWorkshop();
  const neighbour = await createHost({ runRoot: workshop.runRoot });
  const healthy = await neighbour.launch(elsewhere.addPlugin('well-behaved', { id: 'neighbour-datasource' }));
  const before = healthy.phase;
  // One that starts fast; it answers a health check with UNIMPLEMENTED, which is an answer.
  workshop.addPlugin('resets-streams');
  // Folders of other people whose names merely begin like ours.
  const similar = `${workshop.runRoot}2`;
  mkdirSync(similar);
  const bystanders = [await startBystander({}), await startBystander({ PLUGIN_UNIX_SOCKET_DIR: similar })];
  try {
    // Two hosts at a time, so that one sweeps while another starts, lives or dies.
    const chains = [0, 1].map(async () => {
      let killed: readonly ProcessIdentity[] = [];
      for (let round = 0; round < rounds; round++) {
        const left = killed;
        killed = await killOneHost(workshop);
        assert.equal(killed.length, 1, 'the host had its plugin');
        assert.deepEqual(left.filter(isSameProcess), [], 'the next host has swept');
      }
      return killed;
    });
    const last = (await Promise.all(chains)).flat();
    await (await createHost({ runRoot: workshop.runRoot }))[Symbol.asyncDispose]();
    await until(() => !last.some(isSameProcess));
    assert.equal(readdirSync(workshop.runRoot).length, 1, 'the folder of the host that lives');
    assert.deepEqual(healthy.phase, before, 'the plugin of the host that lives was left alone');
    for (const { pid } of bystanders) assert.notEqual(identify(pid as number), undefined, 'a bystander was killed');
  } finally {
    for (const bystander of bystanders) bystander.kill('SIGKILL');
    await neighbour[Symbol.asyncDispose]();
  }
  workshop.assertNothingLeft();
});
