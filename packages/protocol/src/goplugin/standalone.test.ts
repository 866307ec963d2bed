import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { announceStandalone, findStandalone, isProtocolError, standaloneAddress } from './index.ts';

const address = { network: 'tcp', host: '127.0.0.1', port: 54_321 } as const;
const pluginId = 'acme-x-datasource';

function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'standalone-'));
  return {
    path,
    find: (env = {}) => findStandalone({ folder: path, pluginId, env }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

test('a standalone plugin is found by its two files, which are for their user alone and go when it ends', async () => {
  using folder = openFolder();
  assert.equal(folder.find(), undefined);
  const announced = announceStandalone(folder.path, address);
  assert.deepEqual(folder.find(), { address, pid: process.pid });
  assert.equal(readFileSync(join(folder.path, 'standalone.txt'), 'utf8'), '127.0.0.1:54321');
  for (const name of ['standalone.txt', 'pid.txt']) assert.equal(statSync(join(folder.path, name)).mode & 0o777, 0o600);
  announced[Symbol.dispose]();
  announced[Symbol.dispose]();
  assert.deepEqual([folder.find(), readdirSync(folder.path)], [undefined, []]);
});

test('what Go plugins write is understood: an address without a host, with no pid', async () => {
  using folder = openFolder();
  writeFileSync(join(folder.path, 'standalone.txt'), ':54321\n');
  assert.deepEqual(folder.find(), { address, pid: undefined });
});

test('files that a killed process left behind lead nowhere', async () => {
  using folder = openFolder();
  using _ = announceStandalone(folder.path, address);
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(join(folder.path, 'pid.txt'), String(pid));
  assert.equal(folder.find(), undefined);
});

test('the environment can name the address, files or not; nonsense is refused by name', async () => {
  using folder = openFolder();
  const env = { GF_PLUGIN_GRPC_ADDRESS_ACME_X_DATASOURCE: 'debugger:1234' };
  const given = { network: 'tcp', host: 'debugger', port: 1234 } as const;
  assert.deepEqual(standaloneAddress({ pluginId, env }), given);
  assert.deepEqual(folder.find(env), { address: given, pid: undefined });
  assert.equal(standaloneAddress({ pluginId, env: {} }), undefined);
  assert.throws(
    () => folder.find({ GF_PLUGIN_GRPC_ADDRESS_ACME_X_DATASOURCE: 'nowhere' }),
    (error) => {
      return isProtocolError(error, 'handshake_address_invalid');
    },
  );
});
