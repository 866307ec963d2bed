import assert from 'node:assert/strict';
import test from 'node:test';
import { type Answer, objectsPlugin, type Probe, startGoProbe, startOurProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';

// Admission and conversion, for each pair of host and plugin: what one answers, all answer.
const go = await needsGo();
const JSON_TYPE = 'application/json';
const big = '{"size":11}';

for (const host of ['go', 'ours'] as const) {
  for (const sdk of ['go', 'ours'] as const) {
    const pair = `${host === 'go' ? 'genuine' : 'our'} host → ${sdk === 'go' ? 'genuine' : 'our'} plugin`;
    const options = host === 'ours' && sdk === 'ours' ? {} : go;

    test(`${pair}: objects are admitted, refused with reasons, and completed`, options, async () => {
      await using probe = await start(host, sdk);
      const validate = async (command: object) => outcome(await probe.run({ op: 'validate', kind: 'Thing', ...command }));
      assert.deepEqual(await validate({ object: '{"size":9}' }), { allowed: true, warnings: ['nearly', 'too big'], result: null });
      assert.deepEqual(await validate({ object: big, operation: 1 }), {
        allowed: false,
        warnings: [],
        result: { status: 'Failure', message: 'UPDATE Thing is too big', code: 422 },
      });
      assert.deepEqual(
        [(await validate({ operation: 2, oldObject: '{}' })).allowed, (await validate({ operation: 2 })).allowed],
        [true, false],
      );
      const context = { orgId: 1, uid: 'u', updatedMs: 1, login: 'ada' };
      const mutated = await probe.run({ op: 'mutate', context, object: '{"size":1}' });
      assert.deepEqual([mutated.allowed, JSON.parse(mutated.object ?? '')], [true, { size: 1, owner: 'ada' }]);
      const refused = await probe.run({ op: 'mutate', context, object: big });
      assert.deepEqual(outcome(refused), { allowed: false, warnings: [], result: { status: 'Failure', message: 'too big', code: 400 } });
      const failed = await probe.run({ op: 'validate', object: 'no JSON' });
      assert.equal(failed.error?.code, 'Unknown');
      assert.match(failed.error.message, /^conformance: no object/);
    });

    test(`${pair}: objects are converted in their order, and a request with queries by the handler of queries`, options, async () => {
      await using probe = await start(host, sdk);
      const convert = async (...objects: { raw: string; contentType: string }[]) => {
        const { objects: converted = [] } = await probe.run({ op: 'convert', objects });
        return converted.map(({ raw, contentType }) => [contentType, JSON.parse(raw)]);
      };
      const contentType = 'application/vnd.acme+json';
      assert.deepEqual(await convert({ raw: '{"size":1}', contentType }, { raw: '{"size":2}', contentType }), [
        [JSON_TYPE, { size: 1, apiVersion: 'conformance/v1' }],
        [JSON_TYPE, { size: 2, apiVersion: 'conformance/v1' }],
      ]);
      // As Grafana asks: one object, which is the body of a query request.
      const request = { from: '', to: '', queries: [{ refId: 'A', rawSql: 'SELECT 1' }, { refId: 'B' }] };
      assert.deepEqual(await convert({ raw: JSON.stringify(request), contentType: JSON_TYPE }), [
        [JSON_TYPE, { refId: 'A', isConverted: true }],
        [JSON_TYPE, { refId: 'B', isConverted: true }],
      ]);
      const failed = await probe.run({ op: 'convert', objects: [{ raw: 'no JSON', contentType }] });
      assert.match(failed.error?.message ?? '', /^conformance: no object/);
    });
  }
}

async function start(host: 'go' | 'ours', sdk: 'go' | 'ours'): Promise<Probe> {
  const plugin = await objectsPlugin(sdk);
  return host === 'go' ? startGoProbe(plugin) : startOurProbe(plugin);
}

const outcome = ({ allowed, warnings, result }: Answer) => ({ allowed, warnings, result });
