import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { decodeArrow } from '@backplane/frames';
import { data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { startPlugin } from './fixtures/start-plugin.ts';

const root = join(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/sdk.md'), 'utf8');
const programs = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** Puts the programs of the page where the packages are found. */
function writePrograms(): Disposable & { readonly path: string } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const path = mkdtempSync(join(root, '.cache/sdk-docs-'));
  for (const [i, text] of programs.entries()) writeFileSync(join(path, `program-${i}.ts`), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('the programs of docs/sdk.md compile', async () => {
  using folder = writePrograms();
  assert.ok(programs.length >= 2);
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    // Sources of other packages are held to the options of their own.
    noUncheckedIndexedAccess: false,
    noUnusedLocals: true,
  };
  writeFileSync(
    join(folder.path, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder.path]).catch((error) => error);
  assert.equal(stdout, '');
});

test('the data source of docs/sdk.md answers queries, health, resources and a stream', async () => {
  const authorizations = new Set<string | undefined>();
  const service = createServer((request, response) => {
    authorizations.add(request.headers.authorization);
    if (request.url === '/main/wind?step=5000') response.writeHead(503).end();
    else if (request.url?.startsWith('/now/')) response.end('{"t":1000,"v":3}');
    else if (request.url?.startsWith('/events/')) response.end('{"t":[1,2],"s":["a","b"]}');
    else response.end('{"t":[1000,2000],"v":[1.5,null]}');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  try {
    using folder = writePrograms();
    await using plugin = await startPlugin({ fixture: join(folder.path, 'program-0.ts') });
    const channel = await plugin.connect();
    const dataSourceInstanceSettings = {
      uid: 'u1',
      jsonData: Buffer.from(JSON.stringify({ url })),
      decryptedSecureJsonData: { apiKey: 'k1' },
      lastUpdatedMS: 1n,
    };
    const pluginContext = { orgId: 1n, pluginId: 'acme-weather-datasource', dataSourceInstanceSettings };
    const models = {
      A: { queryType: 'series', metric: 'temp' },
      B: { queryType: 'events', text: 'ü' },
      C: { queryType: 'series', metric: 'wind', step: 5000 },
    };
    const queries = Object.entries(models).map(([refId, model]) => ({
      refId,
      queryType: model.queryType,
      json: Buffer.from(JSON.stringify(model)),
    }));
    const { responses } = await channel.unary(data.queryData, { pluginContext, queries });
    assert.deepEqual(
      Object.values(responses).map(({ status, error, errorSource, frames }) => [status, error, errorSource, frames.length]),
      [
        [200, '', '', 1],
        [200, '', '', 2],
        [503, 'the weather service said 503', 'downstream', 0],
      ],
    );
    const series = decodeArrow(responses.A?.frames[0] as Uint8Array);
    assert.deepEqual(series.field('Value')?.labels, { station: 'main' });
    assert.deepEqual(series.field('Value')?.toArray(), [1.5, null]);
    const health = await channel.unary(diagnostics.checkHealth, { pluginContext });
    assert.deepEqual([health.status, health.message], [1, 'station main answers']);
    const request = { pluginContext, method: 'GET', path: 'metrics', url: 'metrics' };
    for await (const part of channel.serverStream(resource.callResource, request)) assert.equal(part.code, 200);
    for await (const packet of channel.serverStream(stream.runStream, { pluginContext, path: 'live/temp' })) {
      assert.deepEqual(JSON.parse(Buffer.from(packet.data).toString()).data.values, [[1000], [3]]);
      break;
    }
    const { metrics } = await channel.unary(diagnostics.collectMetrics, {});
    assert.match(Buffer.from(metrics?.prometheus ?? []).toString(), /^acme_points_total\{metric="temp"\} 2$/m);
    assert.deepEqual([...authorizations], ['Bearer k1']);
  } finally {
    service.closeAllConnections();
    service.close();
  }
});

test('the app of docs/sdk.md keeps notes for each organisation', async () => {
  using folder = writePrograms();
  await using plugin = await startPlugin({ fixture: join(folder.path, 'program-1.ts') });
  const channel = await plugin.connect();
  const call = async (orgId: bigint, method: string, body = '') => {
    const pluginContext = { orgId, pluginId: 'acme-notes-app', appInstanceSettings: { decryptedSecureJsonData: { token: 't' } } };
    const request = { pluginContext, method, path: 'a', url: 'a', body: Buffer.from(body) };
    let text = '';
    for await (const part of channel.serverStream(resource.callResource, request)) text += Buffer.from(part.body);
    return text;
  };
  assert.equal(await call(1n, 'PUT', 'buy milk'), 'buy milk');
  assert.equal(await call(1n, 'GET'), 'buy milk');
  assert.equal(await call(2n, 'GET'), 'nothing yet');
  assert.equal((await plugin.logged('opened')).hasToken, true);
});
