import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger, loadConfig, startServer } from '@backplane/server';
import { runCli } from '../cli.ts';

/** A data folder, and the program run over it. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-operate-'));
  const data = join(folder, 'data');
  return {
    folder,
    data,
    async run(...args: string[]) {
      const text = { out: '', err: '' };
      const terminal = {
        out: (piece: string) => {
          text.out += piece;
        },
        err: (piece: string) => {
          text.err += piece;
        },
        columns: undefined,
        env: {},
        signal: new AbortController().signal,
      };
      return { code: await runCli([...args, '--data', data, '--homepath', folder], terminal), ...text };
    },
    /** A server over the data folder, with a data source that has a secret. */
    async start(from = data) {
      const env = { GF_SECURITY_ADMIN_PASSWORD: 'admin', GF_SERVER_HTTP_PORT: '0' };
      const config = loadConfig({ homePath: folder, env, flags: { data: from } });
      const server = await startServer({ config, env, logger: createLogger({ write: () => undefined }), passwordCost: 16 });
      const call = (path: string, init: RequestInit = {}) =>
        fetch(`${server.address.url}${path}`, {
          ...init,
          headers: { authorization: `Basic ${btoa('admin:admin')}`, 'content-type': 'application/json' },
        });
      return { ...server, call };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const source = JSON.stringify({ name: 'a', uid: 'a', type: 't', access: 'proxy', secureJsonData: { token: 'canary' } });

test('a running server is backed up, guarded against a second one, and its key is rotated once it is down', async () => {
  using place = setup();
  const backup = join(place.folder, 'copy.db');
  {
    await using server = await place.start();
    assert.equal((await server.call('/api/datasources', { method: 'POST', body: source })).status, 200);
    const made = await place.run('backup', backup);
    assert.deepEqual([made.code, made.out.startsWith(`${backup}: `)], [0, true], made.err);
    assert.match(made.err, /secret\.key alone/);
    const rotated = await place.run('rotate-key');
    assert.equal(rotated.code, 1);
    assert.match(rotated.err, /is in use by another server \(process \d+, started .*\(store_in_use\)\n$/);
    await assert.rejects(place.start(), { code: 'store_in_use' });
  }
  const oldKey = readFileSync(join(place.data, 'secret.key'));
  const rotated = await place.run('rotate-key');
  assert.deepEqual([rotated.code, rotated.out], [0, '2 secrets are sealed under secret.key.\n'], rotated.err);
  assert.notDeepEqual(readFileSync(join(place.data, 'secret.key')), oldKey);
  {
    await using server = await place.start();
    assert.deepEqual((await (await server.call('/api/datasources/uid/a')).json()).secureJsonFields, { token: true });
  }
  // The backup and the key of its time make a server of their own.
  const restored = join(place.folder, 'restored');
  mkdirSync(restored);
  writeFileSync(join(restored, 'backplane.db'), readFileSync(backup));
  writeFileSync(join(restored, 'secret.key'), oldKey);
  await using server = await place.start(restored);
  assert.equal((await server.call('/api/datasources/uid/a')).status, 200);
});

test('what cannot be done is one line that says why, and nothing is left of it', async () => {
  using place = setup();
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['backup'], 2, /say which file to write: backplane backup FILE/],
    [['backup', join(place.folder, 'copy.db')], 1, /there is no such database.*\(backup_failed\)$/m],
    [['rotate-key'], 1, /there is no database .*backplane\.db; nothing was changed \(store_failed\)$/m],
    [['rotate-key', '--old-key-file', '/no/such/file'], 2, /--old-key-file cannot be read: ENOENT/],
  ];
  for (const [args, code, says] of cases) {
    const ran = await place.run(...args);
    assert.equal(ran.code, code, args.join(' '));
    assert.match(ran.err, says);
  }
  assert.deepEqual(readdirSync(place.folder), []);
});

test('serve --check changes nothing and names what is wrong with file and line, exit code 1', async () => {
  using place = setup();
  const check = () => place.run('serve', '--check', '--plugins', join(place.folder, 'plugins'));
  mkdirSync(join(place.folder, 'conf/provisioning/datasources'), { recursive: true });
  mkdirSync(join(place.folder, 'plugins'));
  const file = join(place.folder, 'conf/provisioning/datasources/a.yaml');
  writeFileSync(file, 'datasources:\n  - { name: A, type: t, access: proxy }\n');
  const good = await check();
  assert.deepEqual([good.code, good.err], [0, '']);
  assert.match(good.out, /^0 errors, 0 warnings; \d+ plugins? looked at\n$/);

  writeFileSync(file, 'datasources:\n  - { type: t, access: odd }\n');
  mkdirSync(join(place.folder, 'plugins/broken'));
  writeFileSync(join(place.folder, 'plugins/broken/plugin.json'), '{');
  mkdirSync(join(place.folder, 'conf/provisioning/plugins'), { recursive: true });
  writeFileSync(join(place.folder, 'conf/provisioning/plugins/b.yaml'), 'apps:\n  - type: not-there-app\n');
  const bad = await check();
  assert.equal(bad.code, 1);
  assert.match(bad.err, /^error: plugin .*broken.*\(manifest_not_json\)$/m);
  assert.match(bad.err, /^error: .*a\.yaml:2: .*name.* is missing.*\(provisioning_invalid\)$/m);
  assert.match(bad.err, /^error: .*b\.yaml:2: .*not-there-app, which is no loaded plugin.*\(provisioning_invalid\)$/m);
  assert.match(bad.out, /^3 errors, 0 warnings/, bad.err);
  assert.deepEqual(readdirSync(place.folder).sort(), ['conf', 'plugins'], 'no data folder was made');
});

test('serve --check warns of what would be passed over, which is no failure', async () => {
  using place = setup();
  writeFileSync(join(place.folder, 'grafana.ini'), '[smtp]\nhost = x\n[backplane.plugin.acme-typo-datasource]\nsandbox = true\n');
  const { code, out, err } = await place.run('serve', '--check', '--config', join(place.folder, 'grafana.ini'));
  assert.equal(code, 0);
  assert.match(err, /^warning: .*not followed.*smtp/m);
  assert.match(err, /^warning: .*No plugin has the id of the section \[backplane\.plugin\.acme-typo-datasource\]/m);
  assert.match(out, /^0 errors, 2 warnings/);
});

test('serve --check looks at the database and the key of a server that runs, and leaves both as they are', async () => {
  using place = setup();
  {
    await using _server = await place.start();
    const checked = await place.run('serve', '--check');
    assert.deepEqual([checked.code, checked.err], [0, '']);
  }
  const before = readFileSync(join(place.data, 'backplane.db'));
  writeFileSync(join(place.data, 'secret.key'), `${'0'.repeat(64)}\n`);
  const checked = await place.run('serve', '--check');
  assert.equal(checked.code, 1);
  assert.match(checked.err, /is not the key that seals the secrets of this database.*\(secret_key_wrong\)$/m);
  assert.deepEqual(readFileSync(join(place.data, 'backplane.db')), before);
});
