import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createHost, isHostError, type PluginHandle } from '@backplane/host';
import { defineCommand, runCommand } from 'citty';
import { checkOptions, collectValues } from '../options/index.ts';
import { createLogPrinter, EXIT, suggest, type Terminal, UsageError } from '../terminal/index.ts';
import { type CallOptions, OPERATIONS, type Operation } from './operations.ts';
import { failureDocument } from './report.ts';
import { readSettings } from './settings.ts';
import { parseLimit } from './time.ts';

/** The help of `backplane call`. */
export const CALL_HELP = `Usage: backplane call FOLDER WHAT [options]

Starts the one plugin in FOLDER (the folder with plugin.json, or with dist/plugin.json), makes one call, prints the
answer and stops the plugin. It needs no server, and takes plugins written in Go as well as in TypeScript.

WHAT is one of
  health      the health check
  query       queries; prints each frame as a table
  resource    an HTTP request to the plugin
  metrics     the plugin's metrics, in Prometheus' text format
  subscribe   asks whether a channel may be subscribed to
  publish     publishes to a channel
  run         runs a stream and prints its packets until it ends or Ctrl-C

Options
  --settings FILE     what the plugin is told: data source or app settings, user, configuration (JSON)
  --query JSON|FILE   a query, an array of queries, or {"queries": […], "from": …, "to": …}
  --from TIME         start of the time range: now-6h, epoch milliseconds, or a date (default now-1h)
  --to TIME           its end (default now)
  --path PATH         of a resource (may have ?a=b) or a channel
  --method METHOD     of a resource request (default GET, with a body POST)
  --header 'A: b'     of a resource request; may be repeated
  --body TEXT|@FILE   of a resource request
  --data JSON|FILE    of subscribe, publish and run
  --count N           run: stop after N packets
  --rows N            rows printed of each table (default 20)
  --timeout TIME      give up on the answer after, such as 500ms or 2m (default 30s; run: never); the start has 20s
  --json              print one JSON document instead of text
  --verbose           show debug lines of the plugin and of its launch

The plugin's log lines go to standard error. The exit code is 0 when the call succeeded, 1 when it failed, the health
is ERROR, or a resource answers 400 or above, and 2 when the command was called in a wrong way.

Examples
  backplane call plugins/backplane-sqlite-datasource health --settings sqlite.json
  backplane call plugins/backplane-sqlite-datasource query --settings sqlite.json \\
    --query '{"rawSql": "SELECT * FROM readings WHERE $__timeFilter(time)"}' --from now-6h
`;

const text = (valueHint: string) => ({ type: 'string', valueHint }) as const;

const ARGS = {
  folder: { type: 'positional', required: false },
  what: { type: 'positional', required: false },
  settings: text('FILE'),
  query: text('JSON|FILE'),
  from: text('TIME'),
  to: text('TIME'),
  path: text('PATH'),
  method: text('METHOD'),
  header: text("'Name: value'"),
  body: text('TEXT|@FILE'),
  data: text('JSON|FILE'),
  count: text('N'),
  rows: text('N'),
  timeout: text('TIME'),
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const;

/** How long a plugin may take to start; people are waiting. */
const START_TIMEOUT_MS = 20_000;

/** Everything that one invocation needs, checked. */
interface Invocation {
  readonly folder: string;
  readonly what: string;
  readonly operation: Operation;
  readonly settingsFile: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly verbose: boolean;
  readonly options: CallOptions;
}

/**
 * `backplane call`.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function runCall(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const command = defineCommand({ args: ARGS, run: ({ args }) => invocationOf(args, collectValues(ARGS, rawArgs, 'header')) });
  const invocation = (await runCommand(command, { rawArgs })).result as Invocation;
  const logger = createLogPrinter(terminal, { verbose: invocation.verbose });
  await using host = await createHost({ logger, startTimeoutMs: START_TIMEOUT_MS });
  try {
    const plugin = await host.launch(invocation.folder, { signal: terminal.signal });
    return await callPlugin(plugin, invocation, terminal);
  } catch (error) {
    return reportFailure(error, invocation, terminal);
  }
}

function invocationOf(
  args: { readonly [Name in keyof typeof ARGS]?: (typeof ARGS)[Name]['type'] extends 'boolean' ? boolean | undefined : string | undefined },
  headers: readonly string[],
): Invocation {
  const known = Object.keys(OPERATIONS);
  const { folder, what } = args;
  if (folder === undefined) throw new UsageError('which plugin? Name its folder: backplane call FOLDER WHAT');
  if (what === undefined) throw new UsageError(`what shall be called? Name one of ${known.join(', ')}`);
  const operation = Object.hasOwn(OPERATIONS, what) ? OPERATIONS[what] : undefined;
  if (operation === undefined) {
    const meant = suggest(what, known);
    throw new UsageError(`${JSON.stringify(what)} cannot be called; ${meant ? `did you mean ${meant}?` : `there are ${known.join(', ')}`}`);
  }
  if (!existsSync(folder)) throw new UsageError(`the plugin folder ${resolve(folder)} does not exist`);
  return {
    folder: resolve(folder),
    what,
    operation,
    settingsFile: args.settings,
    timeoutMs: args.timeout !== undefined ? parseLimit(args.timeout, '--timeout') : what === 'run' ? undefined : 30_000,
    verbose: args.verbose ?? false,
    options: {
      query: args.query,
      from: args.from,
      to: args.to,
      path: args.path,
      method: args.method,
      body: args.body,
      data: args.data,
      headers,
      count: args.count === undefined ? undefined : wholeNumber(args.count, '--count'),
      rows: wholeNumber(args.rows ?? '20', '--rows'),
      json: args.json ?? false,
    },
  };
}

async function callPlugin(plugin: PluginHandle, invocation: Invocation, terminal: Terminal): Promise<number> {
  const settings = readSettings(invocation.settingsFile, { pluginId: plugin.id, type: plugin.manifest.type });
  for (const warning of settings.warnings) terminal.err(`warning: ${warning}\n`);
  const limit = invocation.timeoutMs === undefined ? [] : [AbortSignal.timeout(invocation.timeoutMs)];
  const signal = AbortSignal.any([terminal.signal, ...limit]);
  try {
    return await invocation.operation({ ...settings, plugin, options: invocation.options, terminal, call: { signal } });
  } catch (error) {
    if (!limit.some(({ aborted }) => aborted) || terminal.signal.aborted) throw error;
    throw new Error(`plugin ${plugin.id} gave no answer to ${invocation.what} in ${invocation.timeoutMs} ms; --timeout raises the limit`, {
      cause: error,
    });
  }
}

function reportFailure(error: unknown, { options }: Invocation, terminal: Terminal): number {
  if (error instanceof UsageError) throw error;
  if (terminal.signal.aborted) return EXIT.interrupted;
  if (options.json) terminal.out(`${failureDocument(error)}\n`);
  else terminal.err(`error: ${error instanceof Error ? error.message : String(error)}${codeOf(error)}\n`);
  return EXIT.failed;
}

/** The code finds the error in docs/errors.md. */
function codeOf(error: unknown): string {
  return isHostError(error) ? ` (${error.code})` : '';
}

function wholeNumber(value: string, option: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`${option} ${value} is no whole number of at least 1`);
  return Number(value);
}
