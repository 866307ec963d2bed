import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { goPrograms } from '../method/index.ts';
import type { PluginKind } from './plugins.ts';
import { storm } from './storm.ts';

const go = await goPrograms().then(
  (folder): PluginKind => ({ kind: 'go', file: join(folder, 'conformance-datasource') }),
  () => undefined, // no Go on this machine: then all are in TypeScript
);

test('in a short kill storm no answer is wrong, no call hangs, every failure has a code, and nothing is left', async (t) => {
  const typescript: PluginKind = { kind: 'typescript' };
  const { violations, ...figures } = await storm({
    durationMs: 10_000,
    callsPerSecond: 200,
    killEveryMs: 1_000,
    plugins: [go ?? typescript, typescript, go ?? typescript],
    callTimeoutMs: 60_000,
  });
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(violations, []);
  assert.ok(figures.answered > figures.calls / 10);
  assert.ok(Object.values(figures.kills).reduce((sum, kills) => sum + kills, 0) >= 3);
});
