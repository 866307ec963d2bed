import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { thisMachine } from './discovery/index.ts';
import { createHost, type HostErrorCode, isHostError, type PluginHandle, type PluginHost } from './index.ts';
import { fixtureId, isRunning, openWorkshop, until, type Workshop } from './launchers/fixtures/plugin-folder.ts';

const context = { orgId: 1, config: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)' };
const noBytes = new Uint8Array(0);

/** One way to misbehave, and what comes of it. */
interface Specimen {
  /** Name of the program in packages/host/fixtures. */
  readonly program: string;
  /** What the host is to do. */
  readonly outcome: string;
  /** The start fails so. */
  readonly start?: readonly [code: HostErrorCode, message: RegExp];
  /** Settings of the plugin, or other files in its folder. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly prepare?: (folder: string) => void;
  /** What is asked of a plugin that started. */
  readonly ask?: (plugin: PluginHandle) => Promise<void>;
  /** It must answer a good query after that, maybe by a new run. */
  readonly recovers?: boolean;
}

/** A file for this machine in the place of the program. */
function executable(content: string, mode = 0o755) {
  return (folder: string) => {
    const { os, arch } = thisMachine();
    const file = join(folder, `gpx_${os}_${arch}`);
    writeFileSync(file, content, 'latin1');
    chmodSync(file, mode);
  };
}

const foreignElf = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0${process.arch === 'arm64' ? '\x3e' : '\xb7'}\0${'\0'.repeat(44)}`;
const certificate = 'A'.repeat(100);

const starts: readonly Specimen[] = [
  { program: 'never-handshakes', outcome: 'it is given up', start: ['handshake_timeout', /waiting for a licence server/] },
  { program: 'unterminated-line', outcome: 'the half line is quoted', start: ['handshake_timeout', /without a line end/] },
  { program: 'accepts-and-never-answers', outcome: 'it is given up', start: ['dial_failed', /no answer in \d+ ms/] },
  { program: 'prints-noise-first', outcome: 'the noise is quoted', start: ['handshake_invalid', /Server is starting/] },
  { program: 'prints-empty-line', outcome: 'it is refused', start: ['handshake_invalid', /Unrecognized remote plugin message/] },
  { program: 'endless-line', outcome: 'it is refused at 64 KiB', start: ['handshake_invalid', /longer than 65536 bytes/] },
  ...(
    [
      ['2|2|unix|/x|grpc', /incompatible core API version/],
      ['1|1|unix|/x|grpc', /incompatible API version/],
      ['1|2|udp|/x|grpc', /unknown address type/],
      ['1|2|unix|/x|netrpc', /unsupported plugin protocol/],
      [`1|2|unix|/x|grpc|${certificate}`, /error parsing server cert/],
    ] as const
  ).map(
    ([line, message]): Specimen => ({
      program: 'prints-given-line',
      outcome: `${line.slice(0, 24)} is refused`,
      settings: { line },
      start: ['handshake_invalid', message],
    }),
  ),
  {
    program: 'prints-given-line',
    outcome: 'a dead address is named',
    settings: { line: '1|2|unix|/nowhere/at/all|grpc|' },
    start: ['dial_failed', /not listening at \/nowhere\/at\/all/],
  },
  {
    program: 'exits-at-once',
    outcome: 'its last words are told',
    start: ['handshake_missing', /\(exit code 3\).*bind: permission denied/],
  },
  { program: 'exits-silently', outcome: 'that is told', start: ['handshake_missing', /\(exit code 0\).*nothing to stderr/] },
  { program: 'forgets-to-serve', outcome: 'that is asked', start: ['handshake_missing', /\(exit code 13\).*did it forget to serve/] },
  { program: 'crashes-at-start', outcome: 'the signal is told', start: ['handshake_missing', /\(signal SIGSEGV\)/] },
  { program: 'closes-stdout', outcome: 'nobody waits', start: ['handshake_missing', /stdout is closed/] },
  { program: 'holds-pipes-and-exits', outcome: 'its exit counts', start: ['handshake_missing', /\(exit code 4\)/] },
  {
    program: 'handshakes-and-exits',
    outcome: 'its address is dead',
    start: ['dial_failed', /not listening at .*; it has ended \(exit code 5\)/],
  },
  { program: 'answers-garbage', outcome: 'it is refused', start: ['dial_failed', /not listening at/] },
  { program: 'drops-connections', outcome: 'it is refused', start: ['dial_failed', /not listening at/] },
  { program: 'refuses-cookie', outcome: 'the wrapper is suspected', start: ['handshake_missing', /probably it was refused the cookie/] },
  { program: 'lacks-a-module', outcome: 'the module is named', start: ['handshake_missing', /needs the module @acme\/not-installed/] },
  {
    program: 'throws-at-start',
    outcome: 'the error is quoted',
    start: ['handshake_missing', /TypeError: Cannot read properties of undefined/],
  },
  {
    program: 'sleeps',
    outcome: 'as a script, its missing interpreter is named',
    prepare: executable('#!/no/such/interpreter\n'),
    start: ['spawn_failed', /\/no\/such\/interpreter, which it is started by, is missing/],
  },
  {
    program: 'sleeps',
    outcome: 'without the permission, chmod is advised',
    prepare: executable('#!/bin/sh\n', 0o644),
    start: ['executable_not_permitted', /chmod \+x/],
  },
  {
    program: 'sleeps',
    outcome: 'built for another machine, both are named',
    prepare: executable(foreignElf),
    start: ['executable_wrong_architecture', /but this machine is/],
  },
];

/** Queries of the mode `bad` fail so, each of them. */
function failsWith(...codes: HostErrorCode[]) {
  return async (plugin: PluginHandle) => {
    await assert.rejects(query(plugin, 'bad'), (error: unknown) => {
      assert.ok(isHostError(error), String(error));
      assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
      return true;
    });
  };
}

async function answersWell(plugin: PluginHandle): Promise<void> {
  const responses = await query(plugin, 'good');
  assert.equal(responses.get('A')?.status, 200);
}

const runs: readonly Specimen[] = [
  { program: 'prints-two-lines', outcome: 'the second is dropped', ask: answersWell },
  { program: 'hangs-on-calls', outcome: 'the call ends at its limit', ask: failsWith('call_timeout'), recovers: true },
  { program: 'spins', outcome: 'it is killed and started again', ask: failsWith('connection_lost', 'call_timeout'), recovers: true },
  { program: 'stops-itself', outcome: 'it is killed and started again', ask: failsWith('connection_lost', 'call_timeout'), recovers: true },
  { program: 'resets-streams', outcome: 'the call alone fails', ask: failsWith('request_failed'), recovers: true },
  { program: 'refuses-streams', outcome: 'the call alone fails', ask: failsWith('connection_lost', 'request_failed'), recovers: true },
  { program: 'says-goaway', outcome: 'it is connected to anew', ask: failsWith('connection_lost'), recovers: true },
  { program: 'answers-html', outcome: 'the call alone fails', ask: failsWith('connection_lost', 'request_failed'), recovers: true },
  { program: 'forgets-trailers', outcome: 'the call alone fails', ask: failsWith('request_failed'), recovers: true },
  { program: 'answers-wrong-protobuf', outcome: 'the call alone fails', ask: failsWith('request_failed'), recovers: true },
  { program: 'ends-inside-a-message', outcome: 'the call alone fails', ask: failsWith('request_failed'), recovers: true },
  { program: 'announces-four-gigabytes', outcome: 'not a byte is set aside', ask: failsWith('resource_exhausted'), recovers: true },
  {
    program: 'compresses-unasked',
    outcome: 'the call alone fails',
    ask: failsWith('request_failed', 'method_not_implemented'),
    recovers: true,
  },
  { program: 'answers-wrong-status', outcome: 'the call alone fails', ask: failsWith('request_failed'), recovers: true },
  { program: 'floods-pings', outcome: 'it is called or cut off', ask: failsWith('request_failed', 'connection_lost'), recovers: true },
  {
    program: 'answers-too-much',
    outcome: 'the limit is named and counted',
    async ask(plugin) {
      await assert.rejects(query(plugin, 'bad'), { code: 'resource_exhausted', message: /raise maxReplyBytes/ });
      assert.equal(plugin.limitHits().maxReplyBytes, 1);
    },
    recovers: true,
  },
  {
    program: 'floods-metrics',
    outcome: 'the limit is named',
    ask: (plugin) => assert.rejects(plugin.collectMetrics({}), { code: 'resource_exhausted' }),
    recovers: true,
  },
  { program: 'floods-stdout', outcome: 'it is drained without hurry', ask: answersWell },
  {
    program: 'floods-stderr',
    outcome: 'lines are dropped and counted',
    async ask(plugin) {
      await until(() => (plugin.limitHits().maxLogLinesPerSecond ?? 0) > 1_000);
    },
    recovers: true,
  },
  { program: 'floods-output', outcome: 'it is called as ever', ask: answersWell },
  { program: 'logs-numbers', outcome: 'the host lives', ask: answersWell },
  {
    program: 'eats-memory',
    outcome: 'it is started again at its limit, which is counted',
    async ask(plugin) {
      await query(plugin, 'bad');
      await until(() => plugin.limitHits().maxMemoryBytes === 1);
      const end = plugin.history().findLast(({ kind }) => kind === 'backing-off');
      assert.match(end?.kind === 'backing-off' ? end.why : '', /of memory, over its limit of 400 MiB/);
    },
    recovers: true,
  },
  {
    program: 'deletes-its-socket',
    outcome: 'its connection goes on',
    ask: async (plugin) => void (await query(plugin, 'bad')),
    recovers: true,
  },
  { program: 'closes-its-server', outcome: 'it is started again', ask: failsWith('connection_lost'), recovers: true },
  { program: 'respawns', outcome: 'what it left is killed, and it is started again', ask: failsWith('connection_lost'), recovers: true },
  {
    program: 'crashes-now-and-then',
    outcome: 'two of three calls succeed',
    async ask(plugin) {
      const outcomes: string[] = [];
      for (let call = 0; call < 6; call++) {
        outcomes.push(
          await query(plugin, 'bad').then(
            () => 'ok',
            (error: unknown) => (isHostError(error) ? error.code : String(error)),
          ),
        );
      }
      assert.deepEqual(outcomes, ['ok', 'ok', 'connection_lost', 'ok', 'ok', 'connection_lost']);
    },
    recovers: true,
  },
  { program: 'throws-in-the-background', outcome: 'it is started again', ask: failsWith('connection_lost'), recovers: true },
  { program: 'exits-during-a-call', outcome: 'it is started again', ask: failsWith('connection_lost'), recovers: true },
  {
    program: 'crash-loops',
    outcome: 'it is slowed down, and calls are told why',
    async ask(plugin) {
      await until(() => plugin.phase.kind === 'backing-off' && plugin.phase.attempt >= 3 && plugin.phase.why !== 'it ended');
      const { phase } = plugin;
      assert.match(phase.kind === 'backing-off' ? phase.why : '', /^exit code 2/);
      assert.deepEqual(plugin.stderrTail(), ['panic: licence expired']);
    },
  },
  {
    program: 'leaks-descriptors',
    outcome: 'it is called as ever',
    ask: async (plugin) => void (await query(plugin, 'bad')),
    recovers: true,
  },
  {
    program: 'lies-about-ref-ids',
    outcome: 'nothing is there for what was asked',
    async ask(plugin) {
      assert.equal((await query(plugin, 'bad')).get('A'), undefined);
    },
    recovers: true,
  },
  {
    program: 'answers-status-zero',
    outcome: 'it counts as 500',
    async ask(plugin) {
      const responses = await query(plugin, 'bad');
      assert.deepEqual(
        [...responses.values()].map(({ status }) => status),
        [500, 500, 500],
      );
    },
    recovers: true,
  },
  {
    program: 'answers-broken-frames',
    outcome: 'only those answers are spoilt',
    async ask(plugin) {
      const responses = await query(plugin, 'bad');
      for (const refId of ['A', 'B']) assert.match(responses.get(refId)?.error ?? '', /cannot be decoded/);
      assert.deepEqual([responses.get('C')?.status, responses.get('C')?.error], [200, undefined]);
    },
    recovers: true,
  },
  {
    program: 'streams-garbage',
    outcome: 'the stream ends with the reason',
    async ask(plugin) {
      const packets = plugin.runStream({ context, path: 'x', data: noBytes, headers: {} })[Symbol.asyncIterator]();
      assert.equal((await packets.next()).done, false);
      await assert.rejects(packets.next(), { code: 'request_failed', message: /invalid JSON data/ });
    },
    recovers: true,
  },
  {
    program: 'leaves-resources-unanswered',
    outcome: 'each call says what is missing',
    async ask(plugin) {
      await assert.rejects(resource(plugin, 'silent'), { code: 'resource_unanswered' });
      await assert.rejects(resource(plugin, 'stalled'), { code: 'call_timeout' });
    },
    recovers: true,
  },
  {
    program: 'implements-nothing',
    outcome: 'that is told',
    ask: (plugin) => assert.rejects(query(plugin, 'x'), { code: 'method_not_implemented' }),
  },
  { program: 'ignores-shutdown', outcome: 'it is stopped all the same', ask: answersWell },
  { program: 'only-sigterm', outcome: 'SIGTERM stops it', ask: answersWell },
  { program: 'leaves-grandchildren', outcome: 'they go with it', ask: answersWell },
];

async function query(plugin: PluginHandle, mode: string) {
  const json = JSON.stringify({ mode });
  const queries = [{ refId: 'A', queryType: '', maxDataPoints: 100, intervalMs: 1000, timeRange: { fromMs: 0, toMs: 1 }, json }];
  return (await plugin.queryData({ context, headers: {}, queries })).responses;
}

async function resource(plugin: PluginHandle, path: string): Promise<void> {
  const { body } = await plugin.callResource({ context, path, method: 'GET', url: path, headers: {}, body: noBytes });
  await Array.fromAsync(body);
}

const settings: Record<string, Record<string, string>> = {};
const specimens = [...starts, ...runs].map((specimen, index) => {
  const id = `s${index}-${fixtureId(specimen.program)}`;
  if (specimen.settings !== undefined) settings[id] = { ...specimen.settings };
  return { ...specimen, id };
});

let workshop: Workshop;
let host: PluginHost;
let neighbour: Neighbour;

/** Calls a plugin that behaves well the whole time, and writes down how it fares. */
class Neighbour {
  readonly #plugin: PluginHandle;
  readonly #leaving = new AbortController();
  readonly #loop: Promise<void>;
  readonly waitsMs: number[] = [];
  readonly failures: string[] = [];

  constructor(plugin: PluginHandle) {
    this.#plugin = plugin;
    this.#loop = this.#call();
  }

  async #call(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      const startedAtMs = performance.now();
      await answersWell(this.#plugin).catch((error: unknown) => this.failures.push(String(error)));
      this.waitsMs.push(performance.now() - startedAtMs);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#loop;
    this.waitsMs.sort((a, b) => a - b);
  }
}

describe('the gallery: a plugin that', { concurrency: 6 }, () => {
  before(async () => {
    workshop = openWorkshop();
    host = await createHost({
      runRoot: workshop.runRoot,
      pluginSettings: settings,
      startTimeoutMs: 10_000,
      restartWaitMs: 60_000,
      shutdownWaitMs: 500,
      termWaitMs: 200,
      liveness: { intervalMs: 500, timeoutMs: 4_000, failures: 2 },
      limits: ({ id }) => ({
        // Long for all that are to answer, on a machine that does other things as well.
        callTimeoutMs: /hangs|unanswered/.test(id) ? 6_000 : 60_000,
        maxReplyBytes: 8 * 2 ** 20,
        maxLogLinesPerSecond: 100,
        maxMemoryBytes: id.includes('eatsmemory') ? 400 * 2 ** 20 : undefined,
      }),
    });
    neighbour = new Neighbour(await host.launch(workshop.addPlugin('well-behaved')));
  });

  for (const specimen of specimens) {
    const { program, outcome, start, ask, recovers, prepare, id } = specimen;
    test(`${program.replaceAll('-', ' ')}: ${outcome}`, async () => {
      const folder = workshop.addPlugin(program, { id });
      prepare?.(folder);
      if (start !== undefined) {
        await assert.rejects(host.launch(folder), { code: start[0], message: start[1] });
      } else {
        await using plugin = await host.launch(folder);
        const pids = plugin.phase.kind === 'ready' ? [plugin.phase.pid as number] : [];
        await ask?.(plugin);
        if (recovers)
          await until(() =>
            answersWell(plugin).then(
              () => true,
              () => false,
            ),
          );
        await plugin[Symbol.asyncDispose]();
        assert.equal(pids.some(isRunning), false, 'its process is left');
      }
    });
  }

  after(async () => {
    await neighbour.leave();
    await host[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
    workshop[Symbol.dispose]();
  });
});

test('a healthy plugin in the same host was called all the while, and nothing happened to it', (t) => {
  const { waitsMs, failures } = neighbour;
  const quantile = (share: number) => waitsMs[Math.floor(waitsMs.length * share)] ?? Number.NaN;
  t.diagnostic(
    `${specimens.length} plugins misbehaved; ${waitsMs.length} calls to their neighbour: p50 ${quantile(0.5).toFixed(2)} ms, p99 ${quantile(0.99).toFixed(2)} ms, longest ${waitsMs.at(-1)?.toFixed(2)} ms`,
  );
  assert.deepEqual(failures, []);
  assert.ok(waitsMs.length > 10);
});
