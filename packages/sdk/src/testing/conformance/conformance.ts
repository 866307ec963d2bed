import { resolve } from 'node:path';
import { parseHandshake } from '@backplane/protocol/goplugin';
import { connect } from '@backplane/protocol/grpc';
import type { FakeContext } from '../fake-context.ts';
import { spawnPlugin } from '../plugin-process.ts';
import { callChecks } from './call-checks.ts';
import { endChecks } from './end-checks.ts';
import { cannotStart, folderChecks, type PluginFolder, readPluginFolder } from './folder-checks.ts';
import { startChecks } from './start-checks.ts';
import { type CheckResult, type ConformanceReport, runChecks, skipChecks } from './types.ts';

/** Options of a check of a plugin folder. */
export interface ConformanceOptions {
  /** Settings with which calls make sense, where the plugin needs some. */
  readonly context?: FakeContext;
  /** How long the plugin may take up to its handshake; a minute, as under Grafana. */
  readonly startTimeoutMs?: number;
}

/**
 * Checks a plugin folder, whatever the plugin is written in, against what hosts rely on: plugin.json and the files, the
 * handshake, calls, log lines, and the end. The plugin is started several times, with nothing in its environment.
 *
 * @param folder with plugin.json, or with dist/plugin.json
 * @returns one result for each rule; it never rejects for what is wrong with the plugin
 */
export async function conformance(
  folder: string,
  { context = {}, startTimeoutMs = 60_000 }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const plugin = readPluginFolder(resolve(folder));
  const results = await runChecks(folderChecks, plugin);
  const obstacle = cannotStart(plugin);
  if (plugin.program === undefined) results.push(...skipChecks([...startChecks, ...callChecks, ...endChecks], obstacle ?? ''));
  else results.push(...(await checkProcess(plugin, plugin.program, { context, startTimeoutMs })));
  const id = plugin.manifest?.id;
  return {
    folder: plugin.folder,
    pluginId: typeof id === 'string' ? id : undefined,
    ok: results.every(({ status }) => status !== 'failed'),
    results,
  };
}

async function checkProcess(
  { manifest, folder }: PluginFolder,
  program: NonNullable<PluginFolder['program']>,
  { context, startTimeoutMs }: Required<ConformanceOptions>,
): Promise<CheckResult[]> {
  const command = { ...program, cwd: folder };
  const results = await runChecks(startChecks, { program: command, startTimeoutMs });
  try {
    await using process = await spawnPlugin(command);
    const { address } = parseHandshake(await process.firstLine(startTimeoutMs));
    await using channel = await connect(address, {});
    const kind = manifest?.type === 'app' ? ('app' as const) : ('datasource' as const);
    const about = { pluginId: String(manifest?.id), kind, ...context };
    const subject = { process, channel, context: about, isDataSource: kind === 'datasource' };
    results.push(...(await runChecks([...callChecks, ...endChecks], subject)));
  } catch (error) {
    results.push(...skipChecks([...callChecks, ...endChecks], `it could not be called: ${(error as Error).message}`));
  }
  return results;
}
