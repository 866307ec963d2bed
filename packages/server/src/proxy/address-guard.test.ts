import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { createAddressGuard } from './address-guard.ts';

const denied = (error: unknown) => isServerError(error, 'proxy_target_denied');

test('addresses that are not public are refused in every spelling', () => {
  const guard = createAddressGuard({ allow: [] });
  for (const host of [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[64:ff9b::a00:1]',
    '[2002:7f00:1::]',
    '[fe80::1%25eth0]',
    '[fd00::1]',
  ]) {
    assert.throws(() => guard.assertHost(host), denied, host);
  }
  for (const host of ['1.1.1.1', '8.8.8.8', '172.32.0.1', '[2606:4700::1111]', 'example.com']) guard.assertHost(host);
});

test('exceptions are names, addresses and blocks', () => {
  const guard = createAddressGuard({ allow: ['10.1.0.0/16', '127.0.0.1', 'fd00::/8'] });
  for (const host of ['10.1.2.3', '127.0.0.1', '[::ffff:127.0.0.1]', '[fd12::1]']) guard.assertHost(host);
  for (const host of ['10.2.0.1', '127.0.0.2']) assert.throws(() => guard.assertHost(host), denied, host);
});

test('a name that leads to a private address is refused where it is looked up, unless it is an exception [security/upstreams]', async () => {
  const look = (allow: readonly string[], all: boolean) =>
    new Promise((resolve) => createAddressGuard({ allow }).lookup('localhost', { all }, (error, found) => resolve(error ?? found)));
  assert.ok(denied(await look([], false)));
  assert.match(String(await look(['localhost'], false)), /^(127\.0\.0\.1|::1)$/);
  assert.ok(((await look(['LOCALHOST'], true)) as { address: string }[]).length > 0);
});
