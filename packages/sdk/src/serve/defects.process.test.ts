// The last defect of the TypeScript SDK that was given up before this one; the others are in adapters/defects.test.ts.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { startPlugin } from './fixtures/start-plugin.ts';

test('defect: a plugin listens on this machine alone, never on 0.0.0.0', async () => {
  for (const env of [{}, { PLUGIN_MIN_PORT: '10000', PLUGIN_MAX_PORT: '25000' }]) {
    await using plugin = await startPlugin({ fixture: 'quiet-plugin.ts', env });
    const { address } = await plugin.handshake();
    if (address.network === 'tcp') assert.match(address.host, /^127\./);
    if (process.platform === 'linux') assert.deepEqual(listeningHosts(plugin.child.pid ?? 0), [], 'a socket file needs no address');
  }
});

/** Addresses, in the kernel's digits, that a process listens on over TCP. */
function listeningHosts(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ''; // closed meanwhile
      }
    }),
  );
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1));
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter((parts) => parts[3] === '0A' && sockets.has(`socket:[${parts[9]}]`));
  return listening.map((parts) => parts[1] ?? '');
}
