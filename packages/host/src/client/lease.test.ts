import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeArrow, float64, frame } from '@backplane/frames';
import { createMessageLease } from '@backplane/protocol/grpc';
import { data } from '@backplane/protocol/pluginv2';
import { shareCalls, wrapClient } from '../middleware/index.ts';
import { startTestPlugin, testContext } from './fixtures/test-plugin.ts';

const plugin = { pluginId: 'acme-datasource', pluginVersion: '1.2.3' };
const request = { context: testContext, headers: {}, queries: [] };
const rows = 100_000;
const big = encodeArrow(frame('big', { v: float64(Float64Array.from({ length: rows }, (_, row) => row)) }));

/** A plugin that answers with a big frame. */
const startBig = () =>
  startTestPlugin((server) => server.unary(data.queryData, () => ({ responses: { A: { frames: [big], status: 200 } } })));

test('an answer lies in the memory of its lease until that is disposed, through all middlewares', async () => {
  await using served = await startBig();
  const client = wrapClient(served.client, plugin, [(call, next) => next(call)]);
  const lease = createMessageLease();
  const { responses } = await client.queryData(request, { lease });
  const field = responses.get('A')?.frames[0]?.field('v');
  assert.equal(field?.get(rows - 1), rows - 1);
  assert.ok(lease.lentBytes >= 8 * rows);
  lease[Symbol.dispose]();
  assert.throws(() => field?.get(rows - 1), TypeError, 'cut off, rather than the values of another answer');
});

test('an answer that several callers share is lent to none of them', async () => {
  await using served = await startBig();
  const client = wrapClient(served.client, plugin, [shareCalls(() => 'same')]);
  const leases = [createMessageLease(), createMessageLease()];
  const answers = await Promise.all(leases.map((lease) => client.queryData(request, { lease })));
  assert.equal(answers[0]?.responses.get('A'), answers[1]?.responses.get('A'));
  for (const lease of leases) {
    assert.equal(lease.lentBytes, 0);
    lease[Symbol.dispose]();
  }
  assert.equal(
    answers[0]?.responses
      .get('A')
      ?.frames[0]?.field('v')
      ?.get(rows - 1),
    rows - 1,
  );
});
