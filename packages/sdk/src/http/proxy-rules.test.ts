import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxyRules } from './proxy-rules.ts';

test('exceptions are hosts, domains, ports, addresses and networks, as Go reads them', () => {
  const NO_PROXY = 'exact.test, .below.test, *.star.test, port.test:8443, 192.0.2.7, 10.0.0.0/8, 2001:db8::/32, , bad/99';
  const rules = readProxyRules({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY });
  const direct = [
    'exact.test',
    'sub.exact.test',
    'a.below.test',
    'a.star.test',
    'port.test:8443',
    '192.0.2.7',
    '10.9.8.7',
    '[2001:db8::5]',
  ];
  const machine = ['localhost', '127.0.0.1', '127.9.9.9', '[::1]'];
  const proxied = ['below.test', 'star.test', 'notexact.test', 'port.test', 'port.test:443', '192.0.2.8', '11.0.0.1', '[2001:db9::5]'];
  for (const host of [...direct, ...machine]) assert.equal(rules(new URL(`https://${host}`)), undefined, host);
  for (const host of proxied) assert.equal(rules(new URL(`https://${host}`)), 'http://proxy:3128', host);
  assert.equal(rules(new URL('http://below.test')), undefined);
});

test('a star excepts everything, and a proxy without scheme is HTTP', () => {
  assert.equal(readProxyRules({ http_proxy: 'proxy:3128' })(new URL('http://a.test')), 'http://proxy:3128');
  assert.equal(readProxyRules({ HTTP_PROXY: 'proxy', NO_PROXY: '*' })(new URL('http://a.test')), undefined);
  assert.equal(readProxyRules({})(new URL('http://a.test')), undefined);
});
