import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_PASSWORD, asAdmin, openTestServer } from '../fixtures/test-server.ts';

async function withSession(env: Readonly<Record<string, string>> = {}) {
  const server = await openTestServer({ env });
  const login = await server.call('POST', '/login', { user: 'admin', password: ADMIN_PASSWORD });
  const cookies = [login.headers['set-cookie'] ?? []].flat();
  const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const ask = async (headers: Record<string, string>, method: 'GET' | 'POST' | 'HEAD' | 'DELETE' = 'POST') =>
    (
      await server.send({
        method,
        url: method === 'POST' ? '/api/datasources' : '/api/org',
        headers: { host: 'own.example:3000', ...headers },
      })
    ).status;
  return { server, cookie, cookies, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('with a session a request comes from the own host, whatever its port [security/csrf]', async () => {
  await using place = await withSession();
  const { cookie, ask } = place;
  assert.equal(await ask({ cookie, origin: 'http://own.example' }), 400, 'as far as the body');
  assert.equal(await ask({ cookie, origin: 'https://own.example:444' }), 400);
  for (const origin of [
    'http://evil.example',
    'null',
    'http://own.example.evil.example',
    'http://evil.example/own.example',
    'nonsense',
    'file://',
  ])
    for (const method of ['POST', 'GET', 'DELETE'] as const)
      assert.equal(await ask({ cookie, origin }, method), 403, `${method} ${origin}`);
  assert.equal(await ask({ cookie, origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' }), 403);
  assert.equal(await ask({ cookie, origin: 'http://evil.example' }, 'HEAD'), 200);
});

test('a password or a token needs no origin: no browser sends them by itself [security/csrf]', async () => {
  await using place = await withSession();
  assert.equal(await place.ask({ ...asAdmin, origin: 'http://evil.example' }), 400);
  assert.equal(await place.ask({ cookie: place.cookie }), 400, 'no Origin at all: no page of another host');
});

test('other hosts count when the configuration names them, or the header that a proxy sets [security/csrf]', async () => {
  await using place = await withSession({
    GF_SECURITY_CSRF_TRUSTED_ORIGINS: 'friend.example',
    GF_SECURITY_CSRF_ADDITIONAL_HEADERS: 'X-Forwarded-Host',
  });
  const { cookie, ask } = place;
  assert.equal(await ask({ cookie, origin: 'https://friend.example' }), 400);
  assert.equal(await ask({ cookie, origin: 'https://outer.example', 'x-forwarded-host': 'outer.example:443' }), 400);
  assert.equal(await ask({ cookie, origin: 'https://other.example', 'x-forwarded-host': 'outer.example' }), 403);
  await using strict = await openTestServer({ env: { GF_SECURITY_CSRF_ALWAYS_CHECK: 'true' } });
  const { status } = await strict.send({ method: 'GET', url: '/api/org', headers: { ...asAdmin, origin: 'http://evil.example' } });
  assert.equal(status, 403);
});

test('the session cookie is hidden from scripts and other sites, and goes by TLS only when asked so [security/cookies]', async () => {
  await using place = await withSession();
  const [session = '', expiry = ''] = place.cookies;
  assert.match(session, /^grafana_session=[0-9a-f]{64}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
  assert.match(expiry, /^grafana_session_expiry=\d{10}; Path=\/; Max-Age=2592000; SameSite=Lax$/);
  await using tls = await withSession({
    GF_SECURITY_COOKIE_SECURE: 'true',
    GF_SECURITY_COOKIE_SAMESITE: 'strict',
    GF_AUTH_LOGIN_COOKIE_NAME: 'own',
  });
  assert.match(tls.cookies[0] ?? '', /^own=[0-9a-f]{64}; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict$/);
});

test('a session is given by the login, exchanged, and ended by the logout', async () => {
  await using place = await withSession();
  const { server, cookie } = place;
  const get = (url: string, method: 'GET' | 'POST' = 'GET') => server.send({ method, url, headers: { cookie } });
  assert.equal((await get('/api/login/ping')).status, 200);
  const { text } = await get('/api/user/auth-tokens');
  assert.deepEqual(
    JSON.parse(text).map(({ isActive }: { isActive: boolean }) => isActive),
    [true],
  );
  const own = JSON.parse(text)[0].id;
  const revoke = await server.send({
    method: 'POST',
    url: '/api/user/revoke-auth-token',
    headers: { cookie, 'content-type': 'application/json' },
    payload: JSON.stringify({ authTokenId: own }),
  });
  assert.deepEqual([revoke.status, JSON.parse(revoke.text).message], [400, 'Cannot revoke active user auth token']);
  const rotated = await get('/api/user/auth-tokens/rotate', 'POST');
  assert.deepEqual([rotated.status, rotated.text, [rotated.headers['set-cookie']].flat().length], [200, '{}', 2]);
  for (const [target, location] of [
    ['%2Fexplore%3Fa%3D1', '/explore?a=1'],
    ['%2F%2Fevil.example', '/'],
    ['%2F%5Cevil.example', '/'],
    ['http%3A%2F%2Fevil.example', '/'],
  ] as const) {
    assert.equal((await get(`/user/auth-tokens/rotate?redirectTo=${target}`)).headers.location, location, target);
  }
  assert.equal((await server.send({ method: 'POST', url: '/api/user/auth-tokens/rotate' })).status, 401);
  const out = await get('/logout');
  assert.deepEqual([out.status, out.headers.location], [302, '/login']);
  assert.match(String(out.headers['set-cookie']), /grafana_session=; Path=\/; Max-Age=0/);
  assert.equal((await get('/api/org')).status, 401);
  for (const headers of [{}, { cookie }, { authorization: 'Bearer nonsense' }]) {
    const ping = await server.send({ method: 'GET', url: '/api/login/ping', headers });
    assert.deepEqual([ping.status, ping.text], [401, '{"message":"Unauthorized"}']);
  }
});

test('a login is refused alike for a wrong password and an unknown user, and at last for the right one [security/guessing]', async () => {
  await using server = await openTestServer();
  const login = async (user: string, password: string) => {
    const { status, text, headers } = await server.call('POST', '/login', { user, password });
    return [status, text, headers['set-cookie']];
  };
  const refused = [401, '{"statusCode":401,"messageId":"password-auth.failed","message":"Invalid username or password"}', undefined];
  assert.deepEqual(await login('nobody', 'admin'), refused);
  for (let guess = 0; guess < 5; guess++) assert.deepEqual(await login('admin', `wrong ${guess}`), refused);
  assert.deepEqual(await login('admin', ADMIN_PASSWORD), refused);
});
