import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame } from '@backplane/frames';
import { data } from '@backplane/protocol/pluginv2';
import type { RequestContext } from '../context.ts';
import { dataSource } from '../declare.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

test('a handler finds toggles, the version of Grafana, its address and the tenant in its context', async () => {
  const seen: RequestContext[] = [];
  const plugin = dataSource({
    id: 'a',
    query(_q, _i, ctx) {
      seen.push(ctx);
      return frame('', {});
    },
  });
  await using served = await servePlugin(plugin);
  const config = { GF_INSTANCE_FEATURE_TOGGLES_ENABLE: 'one, two', GF_APP_URL: 'https://grafana.test/' };
  const pluginContext = { ...sourceContext({ config }), userAgent: 'Grafana/12.4.0 (linux; amd64)' };
  const queries = [{ refId: 'A', json: Buffer.from('{}') }];
  await served.channel.unary(data.queryData, { pluginContext, queries }, { metadata: [['tenantid', 't1']] });
  const [ctx] = seen;
  assert.deepEqual([ctx?.toggles.has('one'), ctx?.toggles.has('two'), ctx?.toggles.has('three')], [true, true, false]);
  assert.deepEqual([ctx?.grafana.version, ctx?.grafana.atLeast('12.5')], ['12.4.0', false]);
  assert.deepEqual([ctx?.config.appUrl, ctx?.tenant], ['https://grafana.test/', 't1']);
});

test('lines of a call name what the host wants in them, beside what they always do', async () => {
  const plugin = dataSource({
    id: 'a',
    query(_q, _i, { log }) {
      log.info('here');
      return [];
    },
  });
  await using served = await servePlugin(plugin);
  const pluginContext = { ...sourceContext(), pluginVersion: '1.2.3' };
  const metadata = [
    ['loggerparamsctxmetadata', 'dashboard:::d:::1'],
    ['loggerparamsctxmetadata', 'endpoint:::mine'],
  ] as const;
  await served.channel.unary(data.queryData, { pluginContext, queries: [{ refId: 'A', json: Buffer.from('{}') }] }, { metadata });
  const { '@timestamp': _at, ...line } = served.logLines.find((each) => each['@message'] === 'here') ?? {};
  assert.deepEqual(line, {
    '@level': 'info',
    '@message': 'here',
    dashboard: 'd:::1',
    pluginId: 'acme-datasource',
    pluginVersion: '1.2.3',
    endpoint: 'queryData',
    dsName: 'Acme',
    dsUid: 'abc',
    uname: 'ada',
  });
});
