import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { createHost } from './index.ts';
import { realTree } from './launchers/cgroup/fixtures/real-tree.ts';
import { openWorkshop, until } from './launchers/fixtures/plugin-folder.ts';

const cgroup = await realTree('memory');

test('the kernel kills a plugin that wants more memory than its limit; that is told, counted, and it is started again', {
  skip: cgroup === undefined && 'this system lets us make no cgroup with a limit of memory: it has version 1, or none is delegated',
}, async () => {
  using workshop = openWorkshop();
  const host = await createHost({ runRoot: workshop.runRoot, cgroup, limits: { maxMemoryBytes: 256 * 2 ** 20 } });
  const plugin = await host.launch(workshop.addPlugin('eats-memory'));
  const timeRange = { fromMs: 0, toMs: 1 };
  const query = { refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1, timeRange, json: '{"mode":"bad"}' };
  const context = { orgId: 1, config: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)' };
  await plugin.queryData({ context, headers: {}, queries: [query] });
  await until(() => plugin.limitHits().maxMemoryBytes === 1 && plugin.phase.kind === 'ready');
  const ended = plugin.history().findLast(({ kind }) => kind === 'starting');
  assert.match(ended?.kind === 'starting' ? ended.why : '', /its limit of 256 MiB, and the kernel killed it; raise maxMemoryBytes/);
  await host[Symbol.asyncDispose]();
  workshop.assertNothingLeft();
  assert.deepEqual(
    readdirSync(cgroup as string).filter((name) => name.startsWith(`${process.pid}-`)),
    [],
  );
});
