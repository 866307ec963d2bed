import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { HostLogger } from '@backplane/host';
import { createPluginListenAddress } from '@backplane/protocol/goplugin';
import { createServer } from '@backplane/protocol/grpc';
import { type LogEntrySummary, openWorkshop, startGoProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { eventually } from './case.ts';

// What a host makes of lines on a plugin's standard error. The genuine host reads the same lines.
const go = await needsGo();
const CORPUS = join(conformanceFolder, 'fixtures', 'log-lines.txt');
const END = 'conformance: the last line';

interface Entry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

test(
  'our host reads lines as the genuine one: level, message, arguments, but not the argument timestamp [logging/host-reads-lines] [logging/host-drops-timestamp]',
  go,
  async () => {
    const script = `cat '${CORPUS}' >&2`;
    const [ours, genuine] = await Promise.all([readByOurs(script), readByGenuine(script)]);
    assert.equal(genuine.length, 26);
    assert.deepEqual(ours, genuine);
  },
);

test(
  'both hosts raise what follows "panic: " to error, lines with a level of their own apart [logging/host-raises-panics]',
  go,
  async () => {
    const script = `printf '%s\\n' 'before' 'panic: oh no' '' 'goroutine 1 [running]:' '[INFO] own level' '{"@level":"debug","@message":"json"}' >&2`;
    const [ours, genuine] = await Promise.all([readByOurs(script), readByGenuine(script)]);
    assert.deepEqual(
      genuine.map((entry) => entry.level),
      ['debug', 'error', 'error', 'error', 'info', 'debug'],
    );
    assert.deepEqual(ours, genuine);
  },
);

test('our host survives lines that end the genuine one: a message, level or time that is no string [logging/host-survives-bad-lines]', async () => {
  const lines = ['{"@level":"info","@message":42}', '{"@level":1,"@message":"m"}', '{"@level":"info","@message":"m","@timestamp":{}}'];
  const entries = await readByOurs(`printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >&2`);
  assert.equal(entries.length, 3);
});

test('our host loses nothing after a line of more than 64 KiB [logging/host-survives-long-lines]', async () => {
  const chunk = 'x'.repeat(1000);
  const script = `i=0; while [ $i -lt 200 ]; do printf '%s' '${chunk}' >&2; i=$((i+1)); done; echo >&2; echo '[INFO] after it' >&2`;
  const entries = await readByOurs(script);
  assert.deepEqual(entries.at(-1), { level: 'info', message: '[INFO] after it', fields: {} });
  assert.equal(
    entries.slice(0, -1).reduce((sum, entry) => sum + entry.message.length, 0),
    200_000,
  );
});

/** Lets a plugin run the script, print a handshake that works and a last line, and returns what came before that. */
async function readByOurs(script: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const add =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { logger, ...rest } = fields;
      // The host's own messages have no logger.
      if (typeof logger === 'string' && logger.startsWith('plugin.')) entries.push({ level, message, fields: rest });
    };
  const logger: HostLogger = { debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') };
  await using served = await serveNothing();
  await using workshop = await openWorkshop({ logger, shutdownWaitMs: 100, termWaitMs: 100 });
  await workshop.launch(scriptWith(script, served.path));
  await eventually(
    async () => entries.some((entry) => entry.message === END),
    (isThere) => isThere,
  );
  return entries.filter((entry) => entry.message !== END);
}

async function readByGenuine(script: string): Promise<Entry[]> {
  await using served = await serveNothing();
  await using workshop = await openWorkshop();
  const { program } = await workshop.add(scriptWith(script, served.path));
  await using probe = await startGoProbe(program);
  const { value: lines = [] } = await eventually(
    async () => (await probe.run({ op: 'logs' })).entries,
    (entries) => entries?.some((entry) => entry.message === END) === true,
  );
  const name = program.command.split('/').at(-1);
  return lines.filter((line) => line.logger === `probe.${name}` && line.message !== END).map(toEntry);
}

/** As Grafana's wrapper does: the argument timestamp is dropped, trace becomes debug. */
function toEntry({ level, message, fields: { timestamp: _, ...fields } }: LogEntrySummary): Entry {
  return { level: level === 'trace' ? 'debug' : level, message, fields };
}

function scriptWith(script: string, socket: string): string {
  return `${script}\nprintf '%s\\n' '1|2|unix|${socket}|grpc|'\necho '${END}' >&2\nexec sleep 600`;
}

async function serveNothing(): Promise<AsyncDisposable & { readonly path: string }> {
  const server = createServer({});
  const address = createPluginListenAddress({});
  assert.ok(address.network === 'unix');
  await server.listen(address);
  return { path: address.path, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
