import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Case, eventually } from './case.ts';

/** From start to end of a plugin process. */
export const lifeCases: readonly Case[] = [
  {
    name: 'a plugin stops within two seconds with exit code 0 and takes its socket along [helpers/plugin-stops-in-time] [helpers/plugin-answers-shutdown] [helpers/plugin-removes-socket] [helpers/host-ignores-shutdown-result]',
    fresh: true,
    tries: 5,
    async run({ probe }) {
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
      assert.ok(existsSync(probe.address), probe.address);
      // Where it is late, the host kills it.
      const { exitCode, forced } = await probe.run({ op: 'kill' });
      assert.deepEqual([exitCode, forced], [0, false]);
      assert.equal(existsSync(probe.address), false);
    },
  },
  {
    name: 'a plugin stops in time while a handler is still at work [helpers/plugin-stops-in-time]',
    fresh: true,
    tries: 5,
    async run({ probe }) {
      await probe.run({ op: 'query', cancelAfterMs: 50, queries: [{ refId: 'A', queryType: 'slow', model: { delayMs: 60_000 } }] });
      const { exitCode, forced } = await probe.run({ op: 'kill' });
      assert.deepEqual([exitCode, forced], [0, false]);
    },
  },
  {
    name: 'a plugin that dies during a call makes it Unavailable [transport/host-maps-lost-connection]',
    fresh: true,
    async run({ probe }) {
      const answer = await probe.run({ op: 'query', queries: [{ refId: 'A', queryType: 'exit' }] });
      assert.equal(answer.error?.code, 'Unavailable');
    },
  },
  {
    name: 'a plugin ignores SIGINT, which a terminal sends to the whole group [lifecycle/plugin-ignores-sigint]',
    fresh: true,
    tries: 5,
    async run({ probe }) {
      process.kill(probe.pluginPid, 'SIGINT');
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
      assert.equal((await probe.run({ op: 'kill' })).exitCode, 0);
    },
  },
  {
    name: 'a plugin ends on SIGTERM [lifecycle/plugin-exits-on-sigterm]',
    fresh: true,
    async run({ probe }) {
      process.kill(probe.pluginPid, 'SIGTERM');
      await eventually(
        async () => (await probe.run({ op: 'health' })).error?.code,
        (code) => code === 'Unavailable',
      );
    },
  },
  {
    name: 'what the plugin logs reaches the host with level, arguments and text, also what is printed while loading [logging/plugin-lines-parse] [logging/plugin-six-digits] [logging/plugin-level-names] [handshake/plugin-guards-stdout]',
    fresh: true,
    only: ({ host }) => host === 'go',
    async run({ probe, pair }) {
      const { value: entries = [] } = await eventually(
        async () => (await probe.run({ op: 'logs' })).entries,
        (entries) => entries?.some((entry) => entry.message === 'conformance: starting') === true,
      );
      const starting = entries.find((entry) => entry.message === 'conformance: starting')!;
      assert.deepEqual([starting.level, starting.fields.answer, starting.fields.snow], ['info', 42, '☃']);
      // A time with other than six digits would have left the raw line as the message.
      const raw = entries.filter((entry) => entry.message.startsWith('{'));
      assert.deepEqual(raw, []);
      if (pair.plugin === 'ours') assert.ok(entries.some((entry) => entry.message === 'conformance: printed while loading'));
    },
  },
];
