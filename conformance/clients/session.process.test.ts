import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { ADMIN, needsFrontEnd, openFor, openFrontEnd, openPage } from './front-end.ts';
import type * as Client from './page.ts';

declare const client: typeof Client;

const options = await needsFrontEnd();

test('a browser logs in, keeps a session that no script reads, and logs out [security/cookies]', options, async () => {
  await using frontEnd = await openPage();
  const { page, context, server } = frontEnd;
  const status = (path: string, body?: object) =>
    page.evaluate(
      async ([target, json]) => {
        const headers = { 'content-type': 'application/json' };
        const init = json === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(json) };
        return (await fetch(target, init)).status;
      },
      [path, body] as const,
    );
  assert.equal(await status('/api/user'), 401);
  assert.equal(await status('/login', { ...ADMIN, password: 'wrong' }), 401);
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await status('/login', ADMIN), 200);
  const cookies = Object.fromEntries((await context.cookies(server.base)).map((cookie) => [cookie.name, cookie]));
  assert.deepEqual(Object.keys(cookies).sort(), ['grafana_session', 'grafana_session_expiry']);
  assert.deepEqual([cookies.grafana_session?.httpOnly, cookies.grafana_session?.sameSite], [true, 'Lax']);
  const visible = await page.evaluate(() => document.cookie);
  assert.match(visible, /^grafana_session_expiry=\d+$/);
  assert.equal(await status('/api/user'), 200);
  assert.equal(await status('/api/login/ping'), 200);
  assert.equal(await status('/api/user/auth-tokens/rotate', {}), 200);
  assert.equal(await status('/api/user'), 200);
  await page.evaluate(() => fetch('/logout', { redirect: 'manual' }));
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await status('/api/user'), 401);
});

test("a page of another host uses nobody's session, whatever it sends [security/csrf]", options, async () => {
  await using frontEnd = await openFrontEnd();
  const { context, server, page } = frontEnd;
  await using elsewhere = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  const stranger = await context.newPage();
  await stranger.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
  const answered = stranger.waitForResponse((response) => response.url().endsWith('/api/ds/query'));
  const seen = await stranger.evaluate(async (base) => {
    const body = JSON.stringify({ from: 'now-1h', to: 'now', queries: [{ refId: 'A', datasource: { uid: 'reference' } }] });
    const sent = await fetch(`${base}/api/ds/query`, { method: 'POST', body, credentials: 'include', mode: 'no-cors' });
    const read = await fetch(`${base}/api/user`, { credentials: 'include' }).catch((error: Error) => error.name);
    return [sent.type, read];
  }, server.base);
  assert.deepEqual(seen, ['opaque', 'TypeError'], 'it may read no answer');
  assert.equal((await answered).status(), 401, 'the browser keeps the session to itself');
  // Where a browser sends the cookie all the same, as an old one would, the origin decides.
  const cookie = (await context.cookies(server.base)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const forged = await fetch(`${server.base}/api/ds/query`, {
    ...{ method: 'POST', body: '{}' },
    headers: { cookie, origin: 'http://localhost' },
  });
  assert.deepEqual([forged.status, await forged.text()], [403, 'origin not allowed\n']);
  assert.equal((await page.evaluate(() => client.query('Reference', [{ refId: 'A', rows: 1 }]))).state, 'Done', 'its owner still can');
});

test('what the server tells a front end at its start is what the genuine packages need', options, async (t: TestContext) => {
  await using frontEnd = await openFrontEnd();
  const { page } = frontEnd;
  const get = (path: string) => page.evaluate(async (own) => await (await fetch(own)).json(), path);

  await t.test('data sources know their plugin and their settings, as GET /api/datasources/uid/:uid has them', async () => {
    const refs = await page.evaluate(() => ['Reference', 'Go', 'TypeScript'].map((name) => client.dataSource(name).getRef()));
    assert.deepEqual(refs, [
      { type: 'acme-ref-datasource', uid: 'reference' },
      { type: 'conformance-datasource', uid: 'go' },
      { type: 'conformance-ts-datasource', uid: 'typescript' },
    ]);
    const { datasources, defaultDatasource } = await get('/api/frontend/settings');
    const { id, uid, type, name, jsonData } = await get('/api/datasources/uid/reference');
    assert.equal(defaultDatasource, name);
    const told = datasources.Reference;
    assert.deepEqual(
      { id, uid, type, name, jsonData },
      { ...{ id: told.id, uid: told.uid, type: told.type }, name, jsonData: told.jsonData },
    );
    assert.deepEqual(jsonData, { note: 'shown' });
  });

  await t.test('GET /api/plugins/:id/settings describes the same plugin', async () => {
    const { datasources } = await get('/api/frontend/settings');
    for (const source of [datasources.Reference, datasources.TypeScript]) {
      const settings = await get(`/api/plugins/${source.type}/settings`);
      const { id, name, info, module } = source.meta;
      assert.deepEqual([settings.id, settings.name, settings.info.version, settings.module], [id, name, info.version, module]);
    }
  });

  await t.test('whether a data source keeps its answers', async () => {
    await page.evaluate(() =>
      fetch('/api/datasources/go/cache', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ enabled: true, useDefaultTTL: false, ttlQueriesMs: 7000 }),
      }),
    );
    const { datasources, caching } = await get('/api/frontend/settings');
    assert.deepEqual([caching.enabled, datasources.Go.cachingConfig], [true, { enabled: true, TTLMs: 7000 }]);
    assert.deepEqual(datasources.Reference.cachingConfig, { enabled: false, TTLMs: 0 });
  });

  assert.deepEqual(frontEnd.failures, []);
});

test('a viewer asks as themselves, and may not do what they may not', options, async () => {
  await using frontEnd = await openFrontEnd();
  const viewer = { user: 'viewer', password: 'viewer-password' };
  await frontEnd.page.evaluate(
    ({ user, password }) =>
      client.send({ url: '/api/admin/users', method: 'POST', data: { login: user, name: 'A viewer', password, OrgId: 1 } }),
    viewer,
  );
  const page = await openFor(viewer, frontEnd);
  const received = await page.evaluate(async () => {
    const { frames } = await client.query('Reference', [{ refId: 'A', mode: 'echo' }]);
    return JSON.parse(String(frames[0]?.fields[0]?.values[0]));
  });
  assert.deepEqual([received.context.user.login, received.context.user.role], ['viewer', 'Viewer']);
  const refused = await page.evaluate(() =>
    client.send({ url: '/api/datasources', method: 'POST', data: { name: 'N', type: 'acme-ref-datasource', access: 'proxy' } }).then(
      () => undefined,
      ({ status, data }) => [status, data.title],
    ),
  );
  assert.deepEqual(refused, [403, 'Access denied']);
});
