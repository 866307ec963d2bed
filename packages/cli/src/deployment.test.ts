import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '@backplane/server';
import { BACKUP_HELP } from './operate/index.ts';
import { SERVE_HELP } from './serve/index.ts';

const folder = new URL('../../../deploy/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const analyzer = '/usr/bin/systemd-analyze';
const units = readdirSync(folder).filter((name) => /\.(service|timer)$/.test(name));

test('the units call commands that there are, with options that they have', () => {
  const calls = units.flatMap((name) => [...read(name).matchAll(/\/packages\/cli\/program\/backplane (\S+)([^'\n]*)/g)]);
  assert.ok(calls.length >= 3);
  for (const [, command, rest = ''] of calls) {
    const help = { serve: SERVE_HELP, backup: BACKUP_HELP }[command as string];
    assert.ok(help !== undefined, `${command} has no help`);
    for (const option of rest.match(/--[a-z-]+/g) ?? []) assert.match(help, new RegExp(`^ {2}${option} `, 'm'));
  }
});

test('what the container sets is followed, and what it starts is there', () => {
  const text = read('Containerfile');
  const env = Object.fromEntries([...text.matchAll(/\b(GF_[A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]));
  const { server, paths, unusedKeys } = loadConfig({ env });
  assert.deepEqual([server.httpAddr, paths.data, paths.provisioning], ['0.0.0.0', '/var/lib/backplane', '/etc/backplane/provisioning']);
  assert.deepEqual(unusedKeys, []);
  assert.match(text, /ENTRYPOINT \["\/opt\/backplane\/packages\/cli\/program\/backplane"\]\nCMD \["serve"\]/);
  assert.match(text, /127\.0\.0\.1:3000\/readyz/);
});

test('systemd takes the units as they are', { skip: !existsSync(analyzer) && 'needs systemd-analyze' }, () => {
  const place = mkdtempSync(join(tmpdir(), 'backplane-units-'));
  try {
    // It looks whether programs exist, which on this machine they do not.
    for (const name of units) writeFileSync(join(place, name), read(name).replaceAll(/\/opt\/backplane\/\S+/g, '/bin/true'));
    const { stdout, stderr } = spawnSync(analyzer, ['verify', '--recursive-errors=no', ...units.map((name) => join(place, name))], {
      encoding: 'utf8',
    });
    assert.doesNotMatch(`${stdout}${stderr}`, new RegExp(`^${place}|Unknown|Failed to parse|not supported`, 'm'));
  } finally {
    rmSync(place, { recursive: true });
  }
});
