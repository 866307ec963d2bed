import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createFolder, type RunningCli, runToEnd, startCli } from '../fixtures/start-cli.ts';

const run = promisify(execFile);

/** Sends exactly the line that was printed, as a user who pastes it. */
async function pasteCurl({ out }: RunningCli, change = (line: string) => line) {
  const line = out.split('\n').find((each) => each.startsWith('curl '));
  assert.ok(line, out);
  const { stdout } = await run('sh', ['-c', `${change(line)} -w '\\n%{http_code}'`]);
  const [body = '', status] = [stdout.slice(0, stdout.lastIndexOf('\n')), Number(stdout.slice(stdout.lastIndexOf('\n') + 1))];
  return { status, answer: JSON.parse(body) };
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 5000; tries++) {
    try {
      process.kill(pid, 0);
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return true;
    } catch {
      return true;
    }
    // No event tells of the end of another one's child.
    await delay(10);
  }
  return false;
}

/** Waits for a process to have children. */
async function children(pid: number): Promise<number[]> {
  for (let tries = 0; tries < 5000; tries++) {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    if (pids.length > 0) return pids;
    await delay(10);
  }
  throw new Error(`process ${pid} has no children`);
}

test('the first start prints a password and a curl line that answers 200 with rows; Ctrl-C leaves nothing running [lifecycle/host-leaves-no-child]', async () => {
  using folder = createFolder();
  await using cli = startCli(['serve', '--demo', '--port', '0', '--data', join(folder.path, 'data')], { cwd: folder.path });
  await cli.waitFor(/Ctrl-C stops the server/);
  assert.match(cli.out, /^ {2}password {2}[\w-]{24} {3}\(made now; keep it, it is not shown again\)$/m);
  assert.ok(!cli.err.includes(cli.out.match(/password {2}([\w-]{24})/)?.[1] ?? '?'), 'the log does not have the password');
  assert.ok(!(cli.out + cli.err).includes('\u001b'), 'no colour codes without a terminal');

  const { status, answer } = await pasteCurl(cli);
  assert.equal(status, 200, JSON.stringify(answer));
  const [frame] = answer.results.A.frames;
  assert.equal(frame.schema.meta.type, 'timeseries-wide');
  assert.ok(frame.data.values[0].length >= 6, 'six hours of data');
  assert.ok(frame.schema.fields.length > 10, 'a series for every room');

  const metrics = await (await fetch(`${cli.out.match(/answers at (\S+)/)?.[1]}/metrics`)).text();
  assert.match(metrics, /^backplane_plugin_up\{plugin_id="backplane-sqlite-datasource"\} 1$/m);
  assert.match(metrics, /^grafana_plugin_request_total\{plugin_id="backplane-sqlite-datasource",endpoint="query\w+",.*status="ok".*\} 1$/m);

  const pluginPid = Number((await cli.waitFor(/plugin started.*pid=(\d+)/))[1]);
  cli.kill('SIGINT');
  assert.equal(await cli.ended, 0);
  assert.ok(await isGone(pluginPid), 'the plugin is gone');
});

test('a second Ctrl-C does not wait for a call in flight, and nothing goes on running', async () => {
  using folder = createFolder();
  await using cli = startCli(['serve', '--demo', '--port', '0', '--data', folder.path]);
  await cli.waitFor(/Ctrl-C stops the server/);
  await pasteCurl(cli); // the plugin starts with its first call
  const pluginPid = Number((await cli.waitFor(/plugin started.*pid=(\d+)/))[1]);
  const endless = 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  const failed = assert.rejects(pasteCurl(cli, (line) => line.replace(/"rawSql":"[^"]*"/, `"rawSql":"${endless}"`)));
  const engines = await children(pluginPid);
  cli.kill('SIGINT');
  await cli.waitFor(/Once more stops at once/);
  cli.kill('SIGINT');
  assert.equal(await cli.ended, 130);
  await failed;
  for (const pid of [pluginPid, ...engines]) assert.ok(await isGone(pid), `${pid} is gone`);
});

test('Ctrl-C while a plugin still starts is no failure of ours, and leaves nothing running', async () => {
  using folder = createFolder();
  const plugin = join(folder.path, 'plugins/acme-slow-datasource');
  mkdirSync(plugin, { recursive: true });
  const manifest = { id: 'acme-slow-datasource', type: 'datasource', name: 'Slow', backend: true, executable: 'gpx_slow' };
  writeFileSync(join(plugin, 'plugin.json'), JSON.stringify(manifest));
  const [os, arch] = [process.platform, { x64: 'amd64' }[process.arch as string] ?? process.arch];
  writeFileSync(
    join(plugin, `gpx_slow_${os}_${arch}`),
    '#!/bin/sh\necho "{\\"@level\\":\\"info\\",\\"@message\\":\\"waiting as $$\\"}" >&2\nexec sleep 60\n',
    { mode: 0o755 },
  );
  await using cli = startCli([
    'serve',
    '--dev',
    '--port',
    '0',
    '--data',
    join(folder.path, 'data'),
    '--plugins',
    join(folder.path, 'plugins'),
  ]);
  const pid = Number((await cli.waitFor(/waiting as (\d+)/))[1]);
  cli.kill('SIGINT');
  assert.equal(await cli.ended, 130);
  assert.match(cli.err, /^backplane serve: stopped by SIGINT$/m);
  assert.ok(await isGone(pid), 'the plugin is gone');
});

test('a log that nobody reads any more does not stop the server', async () => {
  using folder = createFolder();
  await using cli = startCli(['serve', '--demo', '--port', '0', '--data', folder.path]);
  await cli.waitFor(/Ctrl-C stops the server/);
  const url = cli.out.match(/answers at (\S+)/)?.[1] ?? '';
  const password = cli.out.match(/password {2}([\w-]{24})/)?.[1] ?? '';
  await pasteCurl(cli); // the plugin starts with its first call
  const pluginPid = Number((await cli.waitFor(/plugin started.*pid=(\d+)/))[1]);
  cli.stopReadingErrors();
  process.kill(pluginPid, 'SIGKILL'); // its end and its new start are logged
  assert.ok(await isGone(pluginPid));
  const headers = { authorization: `Basic ${btoa(`admin:${password}`)}` };
  // A call waits five seconds for the new start, which is not much on a busy machine.
  let status = 0;
  for (let tries = 0; tries < 10 && status !== 200; tries++) {
    ({ status } = await fetch(`${url}/api/datasources/uid/demo/health`, { headers }));
  }
  assert.equal(status, 200);
  cli.kill('SIGTERM');
  assert.equal(await cli.ended, 0);
});

test('a later start keeps the password to itself, and continues the demo', async () => {
  using folder = createFolder();
  const args = ['serve', '--demo', '--port', '0', '--data', folder.path];
  let password = '';
  {
    await using first = startCli(args);
    await first.waitFor(/Ctrl-C stops the server/);
    password = first.out.match(/password {2}([\w-]{24})/)?.[1] ?? '';
    first.kill('SIGTERM');
    assert.equal(await first.ended, 0);
  }
  await using second = startCli(args);
  await second.waitFor(/Ctrl-C stops the server/);
  assert.match(second.out, /password {2}the one of the first start \(curl asks for it\)/);
  assert.ok(!second.out.includes(password));
  const { status, answer } = await pasteCurl(second, (line) => line.replace("-u 'admin'", `-u 'admin:${password}'`));
  assert.equal(status, 200, JSON.stringify(answer));
});

test('a password from the environment is used and not printed', async () => {
  using folder = createFolder();
  const env = { GF_SECURITY_ADMIN_PASSWORD: 'horse-battery' };
  await using cli = startCli(['serve', '--demo', '--port', '0', '--data', folder.path], { env });
  await cli.waitFor(/Ctrl-C stops the server/);
  assert.match(cli.out, /-u "admin:\$GF_SECURITY_ADMIN_PASSWORD"/);
  assert.ok(!(cli.out + cli.err).includes('horse-battery'));
  const { status } = await pasteCurl(cli, (line) => `GF_SECURITY_ADMIN_PASSWORD=horse-battery; ${line}`);
  assert.equal(status, 200);
});

test('a taken port is said before anything is written', async () => {
  using folder = createFolder();
  const data = join(folder.path, 'data');
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { code, out, err } = await runToEnd(['serve', '--port', `${port}`, '--data', data], { cwd: folder.path });
  other.close();
  assert.deepEqual([code, out], [1, '']);
  assert.equal(
    err,
    `backplane serve: port ${port} on 127.0.0.1 is taken, perhaps by a server that runs already; stop that, or choose another with ` +
      `--port ${port + 1} (listen_failed)\n`,
  );
  assert.equal(existsSync(data), false);
});

test('plugins that could not be loaded are named with the reason, and the others run', async () => {
  using folder = createFolder();
  mkdirSync(join(folder.path, 'plugins', 'broken'), { recursive: true });
  writeFileSync(join(folder.path, 'plugins', 'broken', 'plugin.json'), '{"type": ');
  await using cli = startCli(['serve', '--port', '0', '--plugins', 'plugins', '--data', 'data'], { cwd: folder.path });
  await cli.waitFor(/Ctrl-C stops the server/);
  assert.match(cli.out, /^1 plugin is loaded\.\n {2}not loaded: .*broken.*: .*plugin\.json.*JSON/m);
  assert.doesNotMatch(cli.out, /curl/);
});

test('a first start that fails costs no password: the next one makes it', async () => {
  using folder = createFolder();
  const file = join(folder.path, 'conf/provisioning/datasources/mine.yaml');
  mkdirSync(join(folder.path, 'conf/provisioning/datasources'), { recursive: true });
  writeFileSync(file, 'apiVersion: 1\ndatasources: [');
  const { code, out, err } = await runToEnd(['serve', '--port', '0'], { cwd: folder.path });
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^backplane serve: .*mine\.yaml[\s\S]*\(provisioning_unreadable\)$/m);
  rmSync(file);
  await using cli = startCli(['serve', '--port', '0'], { cwd: folder.path });
  await cli.waitFor(/password {2}[\w-]{24} {3}\(made now/);
});

test('the demo comes beside what is provisioned already, and counts as shipped', async () => {
  using folder = createFolder();
  mkdirSync(join(folder.path, 'conf/provisioning/datasources'), { recursive: true });
  const mine = { name: 'Mine', uid: 'mine', type: 'backplane-sqlite-datasource', jsonData: { path: '/no/such.db' } };
  writeFileSync(join(folder.path, 'conf/provisioning/datasources/mine.yaml'), JSON.stringify({ apiVersion: 1, datasources: [mine] }));
  await using cli = startCli(['serve', '--demo', '--port', '0'], { cwd: folder.path });
  await cli.waitFor(/Ctrl-C stops the server/);
  const [, user, url] = cli.out.match(/curl -s -u '([^']+)'.*'(http:[^']+)\/api/) ?? [];
  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Basic ${btoa(user ?? '')}` } });
    return (await answer.json()) as { uid: string; id: string }[];
  };
  assert.deepEqual((await get('/api/datasources')).map(({ uid }) => uid).sort(), ['demo', 'mine']);
  assert.deepEqual(await get('/api/plugins?core=0'), []);
  assert.deepEqual(
    (await get('/api/plugins?core=1')).map(({ id }) => id),
    ['backplane-sqlite-datasource'],
  );
});

test('what cannot be read or makes no sense is said in one line', async () => {
  using folder = createFolder();
  const missing = await runToEnd(['serve', '--config', 'no.ini'], { cwd: folder.path });
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^backplane serve: the configuration file .*no\.ini cannot be read: .*\(config_unreadable\)\n$/);
  const noPlugins = await runToEnd(['serve', '--port', '0', '--plugins', 'nowhere'], { cwd: folder.path });
  assert.equal(noPlugins.code, 1);
  assert.match(noPlugins.err, /backplane serve: .*nowhere.* \(plugins_folder_missing\)\n$/);
  for (const port of ['http', '65536', '']) {
    const wrong = await runToEnd(['serve', '--port', port]);
    assert.deepEqual(
      [wrong.code, wrong.err.split('\n')[0]],
      [2, `backplane serve: --port must be a number from 0 to 65535, not "${port}"`],
    );
  }
});
