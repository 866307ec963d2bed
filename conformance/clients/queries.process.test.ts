import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Subscription } from 'rxjs';
import { eventually } from '../cases/case.ts';
import { ADMIN, needsFrontEnd, openFor, openFrontEnd } from './front-end.ts';
import type * as Client from './page.ts';

declare const client: typeof Client;

const options = await needsFrontEnd();

test("queries of @grafana/runtime's DataSourceWithBackend", options, async (t: TestContext) => {
  await using frontEnd = await openFrontEnd();
  const { page } = frontEnd;
  const ask = (targets: readonly Client.Target[], more: object = {}) =>
    page.evaluate(([own, request]) => client.query('Reference', own, request), [targets, more] as const);
  /** Asks, and tells the status of the HTTP answer as well. */
  const askForStatus = async (targets: readonly Client.Target[]) => {
    const response = page.waitForResponse((candidate) => candidate.url().includes('/api/ds/query'));
    const answer = await ask(targets);
    return [(await response).status(), answer] as const;
  };

  await t.test('several refIds of one request, in the order of the request', async () => {
    const { frames, state } = await ask([
      { refId: 'B', mode: 'series', values: [1, null, 3], labels: { host: 'b' } },
      { refId: 'A', rows: 2 },
    ]);
    assert.equal(state, 'Done');
    assert.deepEqual(
      frames.map(({ refId, fields }) => [refId, fields[1]?.values]),
      [
        ['B', [1, null, 3]],
        ['A', [0.25, 10.25]],
      ],
    );
  });

  await t.test('queries to several data sources in one request, of plugins in both languages', async () => {
    const { frames, error } = await ask([
      { refId: 'A', rows: 1 },
      { refId: 'G', datasource: { uid: 'go' }, queryType: 'table', rows: 2, cols: 1 },
      { refId: 'T', datasource: { uid: 'typescript' }, queryType: 'table', rows: 2, cols: 1 },
    ]);
    assert.equal(error, undefined);
    assert.deepEqual(
      frames.map(({ refId, fields }) => [refId, fields.at(-1)?.values]),
      [
        ['A', [0.25]],
        ['G', [0.25, 10.25]],
        ['T', [0.25, 10.25]],
      ],
    );
  });

  await t.test('one that fails spoils only itself, and its error names refId and status', async () => {
    const [status, answer] = await askForStatus([
      { refId: 'A', rows: 1 },
      { refId: 'B', mode: 'error', message: 'broken', status: 502, source: 'downstream' },
      { refId: 'C', mode: 'error-with-frames', message: 'half', status: 404, rows: 1 },
    ]);
    assert.equal(status, 400, 'the status of an answer with any error');
    assert.equal(answer.state, 'Error');
    assert.deepEqual(answer.errors, [
      { refId: 'B', message: 'acme: broken', status: 502 },
      { refId: 'C', message: 'acme: half', status: 404 },
    ]);
    assert.deepEqual(answer.error, answer.errors?.[0]);
    assert.deepEqual(
      answer.frames.map(({ refId, length }) => [refId, length]),
      [
        ['A', 1],
        ['C', 1],
      ],
    );
  });

  await t.test('a plugin that fails as a whole fails each of its queries', async () => {
    const [status, answer] = await askForStatus([{ refId: 'A', mode: 'fail', message: 'all of it' }, { refId: 'B' }]);
    assert.equal(status, 500);
    assert.deepEqual([answer.state, answer.frames], ['Error', []]);
    assert.deepEqual([answer.error?.status, answer.error?.message], [500, 'An error occurred within the plugin']);
  });

  await t.test('of several data sources, one that fails as a whole leaves the others their answers', async () => {
    const [status, answer] = await askForStatus([
      { refId: 'A', rows: 1 },
      { refId: 'G', datasource: { uid: 'go' }, queryType: 'fail', message: 'whole' },
    ]);
    assert.equal(status, 400);
    assert.deepEqual(
      answer.errors?.map((error) => [error.refId, error.status]),
      [['G', 500]],
    );
    assert.match(String(answer.error?.message), /conformance: whole|whole$/);
    assert.deepEqual(
      answer.frames.map(({ refId }) => refId),
      ['A'],
    );
  });

  await t.test('requests that are refused say why: no such data source, a refId twice', async () => {
    const unknown = await page.evaluate(async () => {
      const source = client.dataSource('Reference');
      Object.assign(source, { uid: 'gone', id: 999 });
      return client.read(await client.last(source.query(client.request([{ refId: 'A' }]))));
    });
    assert.deepEqual([unknown.state, unknown.error?.status, unknown.error?.message], ['Error', 404, 'Data source not found']);
    const twice = await ask([{ refId: 'A' }, { refId: 'A' }]);
    const message = 'Multiple queries using the same RefId is not allowed ';
    assert.deepEqual([twice.state, twice.error?.status, twice.error?.message, twice.frames], ['Error', 400, message, []]);
  });

  await t.test('what the class says about a request is in its address and its headers, and reaches the plugin', async () => {
    const sent = page.waitForRequest((candidate) => candidate.url().includes('/api/ds/query'));
    const { frames } = await ask([{ refId: 'A', mode: 'echo' }], {
      ...{ requestId: 'Q101', dashboardUID: 'board', dashboardTitle: 'A board', panelId: 7, panelName: 'A panel' },
      ...{ panelPluginId: 'timeseries', queryGroupId: 'group', skipQueryCache: true },
    });
    const request = await sent;
    const url = new URL(request.url());
    assert.deepEqual([url.pathname, url.search], ['/api/ds/query', '?ds_type=acme-ref-datasource&requestId=Q101']);
    const headers = await request.allHeaders();
    assert.deepEqual(
      [headers['x-plugin-id'], headers['x-datasource-uid'], headers.origin],
      ['acme-ref-datasource', 'reference', url.origin],
    );
    const { headers: received, query } = JSON.parse(String(frames[0]?.fields[0]?.values[0]));
    const named = Object.fromEntries(Object.entries(received).map(([name, value]) => [name.toLowerCase(), value]));
    assert.deepEqual(
      ['x-dashboard-uid', 'x-dashboard-title', 'x-panel-id', 'x-panel-title', 'x-panel-plugin-id', 'x-query-group-id'].map(
        (name) => named[`http_${name}`],
      ),
      ['board', 'A board', '7', 'A panel', 'timeseries', 'group'],
    );
    assert.ok(!JSON.stringify(received).includes('grafana_session'), 'the session stays with the server');
    assert.deepEqual([query.intervalMs ?? query.interval, query.maxDataPoints], [1000, 500]);
  });

  for (const [source, plugin] of [
    ['Go', 'conformance-datasource'],
    ['TypeScript', 'conformance-ts-datasource'],
  ] as const) {
    for (const way of ['unsubscribes', 'closes the page']) {
      await t.test(`who ${way} cancels the call of a plugin in ${source}`, async () => {
        const slowCalls = async () => {
          const text = await (await fetch(`${frontEnd.server.base}/metrics/plugins/${plugin}`)).text();
          return Number(/conformance_queries_total\{mode="slow"\} (\d+)/.exec(text)?.[1] ?? 0);
        };
        const cancelled = () =>
          page.evaluate(async (name) => {
            const { frames } = await client.query(name, [{ refId: 'A', queryType: 'counters' }]);
            return Number(frames[0]?.fields[0]?.values[0]);
          }, source);
        const [callsBefore, before] = [await slowCalls(), await cancelled()];
        const leaving = await openFor(ADMIN, frontEnd);
        await leaving.evaluate((name) => {
          const slow = client.request([{ refId: 'A', queryType: 'slow', delayMs: 600_000 }], { requestId: 'slow' });
          Object.assign(window, { slow: client.dataSource(name).query(slow).subscribe({}) });
        }, source);
        await eventually(slowCalls, (count) => count > callsBefore);
        if (way === 'closes the page') await leaving.close();
        else await leaving.evaluate(() => (window as unknown as { slow: Subscription }).slow.unsubscribe());
        const { value } = await eventually(cancelled, (count) => count > before);
        assert.equal(value, before + 1);
      });
    }
  }

  await t.test('many panels at once: each gets its own answer', async () => {
    const asked = Array.from({ length: 30 }, (_, panel) => [panel % 2 === 0 ? 'Go' : 'TypeScript', panel + 1] as const);
    const lengths = await page.evaluate(
      (panels) =>
        Promise.all(
          panels.map(async ([name, rows]) => {
            const target = { refId: 'A', queryType: 'table', rows, cols: 1 };
            return (await client.query(name, [target], { requestId: `panel ${rows}` })).frames[0]?.length;
          }),
        ),
      asked,
    );
    assert.deepEqual(
      lengths,
      asked.map(([, rows]) => rows),
    );
  });

  await t.test('a request takes the place of the one before that has its id', async () => {
    const [first, second] = await page.evaluate(async () => {
      const own = { requestId: 'panel-1' };
      const slow = client.query('Go', [{ refId: 'A', queryType: 'slow', delayMs: 600_000 }], own);
      const quick = client.query('Go', [{ refId: 'A', queryType: 'table', rows: 1, cols: 1 }], own);
      return [await slow, await quick] as const;
    });
    assert.deepEqual([first.state, first.error?.cancelled, first.frames], ['Error', true, []]);
    assert.deepEqual([second.state, second.frames[0]?.length], ['Done', 1]);
  });

  assert.deepEqual(frontEnd.failures, []);
});
