import assert from 'node:assert/strict';
import test from 'node:test';
import { needsFrontEnd, openFrontEnd } from './front-end.ts';
import type * as Client from './page.ts';

declare const client: typeof Client;

const options = await needsFrontEnd();
const SECRET = 'configured-by-hand';

test('a data source made, edited and tested by its page; the secret that was typed in is seen by the plugin alone', options, async () => {
  await using frontEnd = await openFrontEnd();
  const { page } = frontEnd;
  const [made, saved, again, health] = await page.evaluate(async (secret) => {
    const send = async (url: string, method = 'GET', data?: object) =>
      (await client.send({ url, method, ...(data && { data }) })) as Answer;
    const added = await send('/api/datasources', 'POST', { name: 'Mine', type: 'acme-ref-datasource', access: 'proxy', isDefault: false });
    const { uid } = added.datasource;
    const edited = {
      ...(await send(`/api/datasources/uid/${uid}`)),
      jsonData: { healthMode: 'echo' },
      secureJsonData: { apiToken: secret },
    };
    const answer = await send(`/api/datasources/uid/${uid}`, 'PUT', edited);
    return [added, answer, await send(`/api/datasources/uid/${uid}`), await send(`/api/datasources/uid/${uid}/health`)] as const;
  }, SECRET);
  assert.deepEqual([made.message, made.datasource.version], ['Datasource added', 1]);
  assert.deepEqual([saved.message, saved.datasource.version], ['Datasource updated', 2]);
  assert.deepEqual([again.version, again.jsonData, again.secureJsonFields], [2, { healthMode: 'echo' }, { apiToken: true }]);
  assert.ok(![made, saved, again].some((answer) => JSON.stringify(answer).includes(SECRET)), 'no answer holds the secret');
  const { dataSource } = health.details.context;
  assert.deepEqual([health.status, dataSource.name, dataSource.secretLengths], ['OK', 'Mine', { apiToken: SECRET.length }]);
});

test('an app switched on by its page answers resources, health checks and proxied requests', options, async () => {
  await using frontEnd = await openFrontEnd();
  const [before, after, told, echo, health, proxied] = await frontEnd.page.evaluate(async (secret) => {
    const send = async (url: string, method = 'GET', data?: object) =>
      (await client.send({ url, method, ...(data && { data }) })) as Answer;
    const app = '/api/plugins/acme-ref-app';
    const upstream = new URL((await send('/api/datasources/uid/reference')).url).origin;
    const shownBefore = await send(`${app}/settings`);
    const settings = { enabled: true, pinned: true, jsonData: { upstream, note: 'a note' }, secureJsonData: { apiToken: secret } };
    await send(`${app}/settings`, 'POST', settings);
    return [
      shownBefore,
      await send(`${app}/settings`),
      await send('/api/frontend/settings'),
      await send(`${app}/resources/echo/here`, 'POST', { n: 1 }),
      await send(`${app}/health`),
      await send('/api/plugin-proxy/acme-ref-app/open/deep'),
    ] as const;
  }, SECRET);
  assert.deepEqual(
    [before.enabled, after.enabled, after.jsonData.note, after.secureJsonFields],
    [false, true, 'a note', { apiToken: true }],
  );
  assert.ok(!JSON.stringify([after, told]).includes(SECRET), 'no answer holds the secret');
  assert.equal(told.apps['acme-ref-app'].version, '2.0.0-beta.1');
  assert.deepEqual([echo.method, echo.path, echo.body, echo.context.user.login], ['POST', '/echo/here', '{"n":1}', 'admin']);
  assert.deepEqual([health.status, health.message], ['OK', 'acme app: fine']);
  assert.deepEqual([proxied.url, proxied.headers['x-acme-token']], ['/app-open/deep', [`Token ${SECRET}`]]);
});

// biome-ignore lint/suspicious/noExplicitAny: the shape of each answer is what the test asserts
type Answer = any;
