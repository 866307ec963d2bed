import { existsSync } from 'node:fs';
import { type CheckResult, type ConformanceReport, conformance } from '@backplane/sdk/testing';
import { defineCommand, runCommand } from 'citty';
import { checkOptions } from '../options/index.ts';
import { EXIT, type Terminal, UsageError, visible } from '../terminal/index.ts';

/** The help of `backplane validate`. */
export const VALIDATE_HELP = `Usage: backplane validate FOLDER [options]

Checks the plugin in FOLDER (the folder with plugin.json, or with dist/plugin.json), whatever it is written in, against
what Grafana and Backplane rely on: plugin.json, names and modes of files, the handshake, calls, log lines, and the end.
The plugin is started several times, with an empty environment. Each finding says what was seen and what to do.

Options
  --json        print one JSON document: {folder, pluginId, ok, results: [{rule, title, status, found?, fix?}]}
  --verbose     show the rules that hold, too

The exit code is 0 when no rule failed, 1 when one did, and 2 when the command was called in a wrong way.
`;

const ARGS = {
  folder: { type: 'positional', required: false },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const;

/**
 * `backplane validate`.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function runValidate(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const command = defineCommand({ args: ARGS, run: ({ args }) => args });
  const args = (await runCommand(command, { rawArgs })).result as { folder?: string; json?: boolean; verbose?: boolean };
  const { folder, json = false, verbose = false } = args;
  if (folder === undefined) throw new UsageError('which plugin? Name its folder: backplane validate FOLDER');
  if (!existsSync(folder)) throw new UsageError(`the plugin folder ${folder} does not exist`);
  if (!json) terminal.err(`checking ${folder} …\n`);
  const report = await conformance(folder);
  terminal.out(json ? `${JSON.stringify(report)}\n` : describe(report, verbose));
  return report.ok ? EXIT.ok : EXIT.failed;
}

function describe({ folder, pluginId, results }: ConformanceReport, verbose: boolean): string {
  const shown = results.filter(({ status }) => verbose || status !== 'passed').map(describeResult);
  const count = (wanted: CheckResult['status']) => results.filter(({ status }) => status === wanted).length;
  const counts = `${count('passed')} passed, ${count('failed')} failed, ${count('warning')} warnings, ${count('skipped')} skipped`;
  return `${shown.join('')}${visible(pluginId ?? folder)}: ${counts}\n`;
}

function describeResult({ rule, title, status, found, fix }: CheckResult): string {
  const lines = [
    `${status.padEnd(8)} ${rule}: ${title}`,
    ...(found ? [`           found: ${visible(found)}`] : []),
    ...(fix ? [`           fix:   ${visible(fix)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
