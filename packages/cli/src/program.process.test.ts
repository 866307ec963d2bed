import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runToEnd, startCli } from './fixtures/start-cli.ts';

const run = promisify(execFile);

test('the bundled program needs nothing but Node: it serves, answers, keeps what it compiled and stops', async () => {
  const home = mkdtempSync(join(tmpdir(), 'backplane-program-'));
  try {
    const folder = join(home, 'program');
    await run(process.execPath, [fileURLToPath(new URL('../../../scripts/program.mjs', import.meta.url)), folder]);
    cpSync(fileURLToPath(new URL('../package.json', import.meta.url)), join(home, 'package.json'));
    const program = join(folder, 'backplane.cjs');
    const { stdout } = await run(join(folder, 'backplane'), ['--version']);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    mkdirSync(join(home, 'provisioning'));
    const env = { XDG_CACHE_HOME: join(home, 'cache'), GF_SECURITY_ADMIN_PASSWORD: 'of-the-program' };
    await using server = startCli(['serve', '--port', '0', '--provisioning', join(home, 'provisioning')], { cwd: home, env, program });
    const [, url] = await server.waitFor(/Server listens" url=(\S+)/);
    const authorization = `Basic ${Buffer.from('admin:of-the-program').toString('base64')}`;
    const answer = await fetch(`${url}/api/user`, { headers: { authorization } });
    assert.deepEqual([answer.status, ((await answer.json()) as { login: string }).login], [200, 'admin']);
    server.kill('SIGTERM');
    assert.equal(await server.ended, 0, server.err);
    assert.ok(readdirSync(join(home, 'cache/backplane/compiled'), { recursive: true }).length > 1);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('the bundled program says which package it lacks for what only authors of plugins need', async () => {
  const home = mkdtempSync(join(tmpdir(), 'backplane-program-'));
  try {
    const folder = join(home, 'program');
    await run(process.execPath, [fileURLToPath(new URL('../../../scripts/program.mjs', import.meta.url)), folder]);
    cpSync(fileURLToPath(new URL('../package.json', import.meta.url)), join(home, 'package.json'));
    const { code, err } = await runToEnd(['build', home], { cwd: home, program: join(folder, 'backplane.cjs') });
    assert.equal(code, 1);
    assert.match(err, /needs the package rolldown.*npm install rolldown@\d/);
    assert.equal(existsSync(join(home, 'dist')), false);
  } finally {
    rmSync(home, { recursive: true });
  }
});
