import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { DataSource } from '../datasources/index.ts';
import { isServerError } from '../errors/index.ts';
import { readDataSourceClient } from './data-source-client.ts';
import { Transport, type UpstreamTls } from './transport.ts';

// For localhost and 127.0.0.1, made for these tests and good for a hundred years.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgz2TyUcTMYl0eHRZ7
COyHUBoScNzEAH9yDO5FlMZFCoehRANCAAT86OBjRE59QZSWV/0SKn5psZACQR6R
uigfzKEs/9LwR/Hx6TaHdUsRMb8oQwXxy7YjM/03lshU9sP0QewsApId
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUbqcdIwQrUXSpuAfcRwNni13T99QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAyMDYyNVoYDzIxMjYxMDMw
MDIwNjI1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT86OBjRE59QZSWV/0SKn5psZACQR6RuigfzKEs/9LwR/Hx6TaHdUsR
Mb8oQwXxy7YjM/03lshU9sP0QewsApIdo28wbTAdBgNVHQ4EFgQUo+ASvztk8Rti
LLfX/SX9OUyu6iUwHwYDVR0jBBgwFoAUo+ASvztk8RtiLLfX/SX9OUyu6iUwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAKyNu6YA05ePDjf7Se+SbmRo1O0h8PcgPP4taC61ppUuAiEA
8ET8GhdKOGdSqrHtECv+6AqBRR9biytkMoDF30DNk20=
-----END CERTIFICATE-----`;

const read = (jsonData: object, secrets: Record<string, string> = {}) =>
  readDataSourceClient({ jsonData: JSON.stringify(jsonData) } as DataSource, secrets);

test('custom headers are pairs by index: a missing name ends them, a name without a value is skipped [E7]', () => {
  const names = { httpHeaderName1: 'X-One', httpHeaderName2: 'X-Two', httpHeaderName3: 'Host', httpHeaderName5: 'X-Five' };
  const { headers } = read(names, { httpHeaderValue1: '1', httpHeaderValue3: 'other.example', httpHeaderValue5: '5' });
  assert.deepEqual(headers, [
    ['X-One', '1'],
    ['Host', 'other.example'],
  ]);
});

test('a timeout is a number or a text of seconds; anything else is none [E8]', () => {
  const cases: [unknown, number | undefined][] = [
    [10, 10_000],
    ['20', 20_000],
    [0.5, 500],
    ['', undefined],
    ['soon', undefined],
    [-1, undefined],
    [null, undefined],
  ];
  for (const [timeout, ms] of cases) assert.equal(read({ timeout }).timeoutMs, ms, String(timeout));
});

test('TLS: an unknown certificate is refused, trusted by its authority, or not looked at; a client shows its own [E6]', async () => {
  const server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
    response.end(String(subject?.CN));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  using transport = new Transport({
    dialTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    keepAliveMs: 1000,
    maxConnectionsPerHost: 0,
    maxIdleConnections: 10,
    stallTimeoutMs: 10_000,
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (pool: string, tls: UpstreamTls) => {
    const upstream = { method: 'GET', scheme: 'https', host, path: '/', headers: [['Host', host]] as const };
    const answer = await transport.send(upstream, undefined, { pool, tls, timeoutMs: 10_000, signal: new AbortController().signal });
    let text = '';
    for await (const part of answer) text += part;
    return text;
  };
  try {
    await assert.rejects(ask('a', read({}).tls), (error) => isServerError(error, 'proxy_unreachable'));
    assert.equal(await ask('b', read({ tlsSkipVerify: true }).tls), 'undefined');
    const trusted = read({ tlsAuthWithCACert: true, tlsAuth: true }, { tlsCACert: cert, tlsClientCert: cert, tlsClientKey: key }).tls;
    assert.equal(await ask('c', trusted), 'localhost');
    const broken = read({ tlsAuth: true }, { tlsClientCert: 'no', tlsClientKey: 'no' }).tls;
    await assert.rejects(ask('d', broken), (error) => isServerError(error, 'proxy_tls_invalid'));
  } finally {
    transport[Symbol.dispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
