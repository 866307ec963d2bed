import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { needsFrontEnd, openFrontEnd } from './front-end.ts';
import type * as Client from './page.ts';

declare const client: typeof Client;

const options = await needsFrontEnd();

test("resources and health checks of @grafana/runtime's DataSourceWithBackend", options, async (t: TestContext) => {
  await using frontEnd = await openFrontEnd();
  const { page } = frontEnd;

  await t.test('getResource and postResource reach the plugin with path, parameters, body and headers', async () => {
    const [got, posted] = await page.evaluate(async () => {
      const source = client.dataSource('Reference');
      return [
        await source.getResource('echo/deep', { a: 1, text: 'two words' }, { headers: { 'X-Own': 'mine' } }),
        await source.postResource('echo', { list: [1, null, 'three'] }),
      ] as const;
    });
    assert.deepEqual([got.method, got.path, got.query, got.body], ['GET', '/echo/deep', 'a=1&text=two+words', '']);
    assert.deepEqual(
      [got.headers['X-Plugin-Id'], got.headers['X-Datasource-Uid'], got.headers['X-Own']],
      [['acme-ref-datasource'], ['reference'], ['mine']],
    );
    assert.equal(got.context.user.login, 'admin');
    assert.ok(!JSON.stringify(got).includes('grafana_session'), 'the session stays with the server');
    assert.deepEqual([posted.method, posted.headers['Content-Type']], ['POST', ['application/json']]);
    assert.deepEqual(JSON.parse(posted.body), { list: [1, null, 'three'] });
  });

  await t.test('resources of a TypeScript plugin', async () => {
    const posted = await page.evaluate(() => client.dataSource('TypeScript').postResource('echo/here?a=1', { n: 1 }));
    assert.deepEqual([posted.method, posted.path, posted.query, posted.body], ['POST', '/echo/here', 'a=1', '{"n":1}']);
  });

  await t.test('an error of a resource is an error of the request, with status and what was answered', async () => {
    const failure = (path: string) =>
      page.evaluate(
        (own) =>
          client
            .dataSource('Reference')
            .getResource(own)
            .then(
              (answer) => ({ answer }),
              ({ status, data }) => ({ status, data }),
            ),
        path,
      );
    assert.deepEqual(await failure('status/404'), { status: 404, data: 'status 404' });
    assert.deepEqual(await failure('status/503'), { status: 503, data: 'status 503' });
    const data = { statusCode: 500, messageId: 'plugin.requestFailureError', message: 'An error occurred within the plugin' };
    const { traceID, extra, ...broken } = ((await failure('error')) as { data: Record<string, unknown> }).data;
    assert.deepEqual(broken, data);
    assert.deepEqual(await failure('status/204'), { answer: '' });
  });

  await t.test('a plugin sets no cookies in the browser, and none of the headers that belong to the server', async () => {
    const response = page.waitForResponse((candidate) => candidate.url().endsWith('/resources/headers'));
    assert.deepEqual(await page.evaluate(() => client.dataSource('Reference').getResource('headers')), { ok: true });
    const headers = await (await response).allHeaders();
    assert.deepEqual([headers['x-acme'], headers['content-security-policy'] === 'default-src *'], ['one, two', false]);
    const names = (await frontEnd.context.cookies()).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => name.startsWith('acme')),
      [],
    );
  });

  await t.test('the other side of a data source answers at the address that the front end was told', async () => {
    const got = await page.evaluate(() =>
      client.send({ url: `${client.proxyOf('Reference')}/deep/er`, params: { a: 1 }, headers: { 'X-Own': 'mine' } }),
    );
    const { method, url, headers } = got as { method: string; url: string; headers: Record<string, string[]> };
    assert.deepEqual([method, url, headers['x-own']], ['GET', '/base/deep/er?a=1', ['mine']]);
    assert.equal(headers.cookie, undefined, 'the session stays with the server');
  });

  await t.test("a plugin's script and picture load under the headers that the server gives them", async () => {
    const { datasources } = (await page.evaluate(() => client.send({ url: '/api/frontend/settings' }))) as FrontendSettings;
    const { meta, module } = datasources.Reference!;
    await page.evaluate(() =>
      Object.assign(window, { define: (_: unknown, make: () => object) => Object.assign(window, { made: make() }) }),
    );
    await page.addScriptTag({ url: `/${module}` });
    assert.deepEqual(await page.evaluate(() => (window as unknown as { made: object }).made), {});
    const width = await page.evaluate(async (path) => {
      const image = Object.assign(document.createElement('img'), { src: `/${path}` });
      await image.decode();
      return image.naturalWidth;
    }, meta.info.logos.small);
    assert.ok(width > 0);
  });

  await t.test('a health check that is well, one that is not, and one that the plugin could not do', async () => {
    const check = (name: string) => page.evaluate((own) => client.dataSource(own).callHealthCheck(), name);
    assert.deepEqual(await check('Reference'), { status: 'OK', message: 'acme: fine' });
    assert.deepEqual(await check('TypeScript'), { status: 'OK', message: 'conformance: fine' });
    assert.deepEqual(await check('Unhealthy'), {
      ...{ status: 'ERROR', message: 'acme: not healthy' },
      details: { verboseMessage: 'acme: the long story', code: 7 },
    });
    assert.equal((await check('Failing')).message, 'Plugin health check failed');
  });

  await t.test('testDatasource, as the page of a data source calls it', async () => {
    const test = (name: string) =>
      page.evaluate(
        (own) =>
          client
            .dataSource(own)
            .testDatasource()
            .catch(({ status, message, error }) => ({ status, message, details: error.details })),
        name,
      );
    assert.deepEqual(await test('Reference'), { status: 'success', message: 'acme: fine' });
    const details = { verboseMessage: 'acme: the long story', code: 7 };
    assert.deepEqual(await test('Unhealthy'), { status: 'error', message: 'acme: not healthy', details });
  });

  assert.deepEqual(frontEnd.failures, []);
});

interface FrontendSettings {
  readonly datasources: Record<
    string,
    { readonly module: string; readonly meta: { readonly info: { readonly logos: { readonly small: string } } } }
  >;
}
