import assert from 'node:assert/strict';
import test from 'node:test';
import { type LogEntrySummary, ourPlugin, type Probe, startGoProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { eventually } from './case.ts';

// What our plugin writes to standard error, as the genuine host reads it.
const go = await needsGo();

test(
  'nothing that a plugin or a library writes ends the genuine host, and each line stays a line of a known level [logging/plugin-safe-lines] [logging/plugin-level-names]',
  go,
  async () => {
    await using probe = await startGoProbe(ourPlugin());
    const lines = [
      '{"@level":"info","@message":42}',
      '{"@level":1}',
      '{"@message":"m","@timestamp":{}}',
      'plain',
      'null',
      '{"@level":"silly","@message":"x"}',
    ];
    assert.equal((await post(probe, 'stderr', `${lines.join('\n')}\n`)).parts?.[0]?.code, 204);
    await post(probe, 'log', 'own keys that the format has for itself');
    const logged = await logsWith(probe, (entry) => entry.message === 'own keys that the format has for itself');
    assert.equal(logged.at(-1)?.level, 'warn');
    assert.equal((await probe.run({ op: 'health' })).status, 'OK');
    for (const { level } of logged) assert.ok(['trace', 'debug', 'info', 'warn', 'error'].includes(level), level);
  },
);

test('a long message stays one line of less than 64 KiB [logging/plugin-short-lines]', go, async () => {
  await using probe = await startGoProbe(ourPlugin());
  await post(probe, 'log', `long ${'☃'.repeat(100_000)}`);
  const logged = await logsWith(probe, (entry) => entry.message.startsWith('long ☃'));
  const [long] = logged.filter((entry) => entry.message.includes('☃☃'));
  assert.equal(long?.level, 'warn');
  assert.ok(Buffer.byteLength(long.message) < 64 * 1024);
  // A longer line would have come in pieces, at debug.
  assert.equal(logged.filter((entry) => entry.message.includes('☃☃')).length, 1);
});

test(
  'an error that nobody caught is one line of level error, and the plugin ends with another code than 0 [logging/plugin-reports-crash]',
  go,
  async () => {
    await using probe = await startGoProbe(ourPlugin());
    await post(probe, 'crash', '');
    const logged = await logsWith(
      probe,
      (entry) => JSON.stringify(entry).includes('crashed outside of any call') && entry.level === 'error',
    );
    assert.equal(logged.filter((entry) => JSON.stringify(entry).includes('crashed outside of any call')).length, 1);
    await eventually(
      async () => (await probe.run({ op: 'health' })).error?.code,
      (code) => code === 'Unavailable',
    );
    const { exitCode } = await probe.run({ op: 'kill' });
    assert.notEqual(exitCode, 0);
  },
);

const post = (probe: Probe, path: string, body: string) => probe.run({ op: 'resource', method: 'POST', path, body });

async function logsWith(probe: Probe, isWanted: (entry: LogEntrySummary) => boolean): Promise<readonly LogEntrySummary[]> {
  const { value = [] } = await eventually(
    async () => (await probe.run({ op: 'logs' })).entries,
    (entries) => entries?.some(isWanted) === true,
  );
  // The host's own messages are not meant.
  return value.filter((entry) => entry.logger !== 'probe' && entry.logger !== 'probe.stdio');
}
