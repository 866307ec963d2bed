import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from '@backplane/protocol/grpc';
import { PluginRuntime, registerPlugin } from '../adapters/index.ts';
import { createLogger, type LogLevel } from '../log/index.ts';
import { MetricsRegistry } from '../metrics/index.ts';
import type { Plugin } from '../plugin.ts';
import { callPlugin } from './call-plugin.ts';
import type { FakeContext } from './fake-context.ts';
import { LogLines } from './log-lines.ts';
import type { TestPlugin } from './types.ts';

/** How a plugin is run for a test. */
export interface TestPluginOptions {
  /** What it is told; each call can say otherwise. */
  readonly context?: FakeContext;
  /** The least level that is kept, `debug` by default. */
  readonly logLevel?: LogLevel;
}

/**
 * Runs a plugin in this process, and calls it as a host does: real messages over a real socket, so that breakpoints hold
 * and nothing is imitated but Grafana.
 *
 * ```ts
 * await using plugin = await testPlugin(weather, { context: { jsonData: { url }, secure: { apiKey: 'k' } } });
 * const { A } = await plugin.query({ A: { queryType: 'series', metric: 'temp' } });
 * ```
 *
 * @param plugin what `dataSource` or `appPlugin` returned; `serve` is for the program alone
 */
export async function testPlugin(plugin: Plugin, { context = {}, logLevel = 'debug' }: TestPluginOptions = {}): Promise<TestPlugin> {
  const folder = await mkdtemp(join(tmpdir(), 'test-plugin-'));
  const logs = new LogLines();
  const metrics = new MetricsRegistry();
  const log = createLogger({ level: logLevel, write: (line) => logs.add(line) });
  const runtime = new PluginRuntime(plugin, { log, metrics });
  const server = createServer({});
  registerPlugin(server, runtime);
  const { address } = await server.listen({ network: 'unix', path: join(folder, 'socket') });
  const channel = await connect(address, {});
  return callPlugin({
    channel,
    context: { pluginId: plugin.id, kind: plugin.kind, ...context },
    logs,
    async close() {
      await channel.close();
      await server.stop();
      await runtime[Symbol.asyncDispose]();
      logs.end('it was stopped');
      await rm(folder, { recursive: true, force: true });
    },
  });
}
