import { rmSync, writeSync } from 'node:fs';
import {
  addSideServices,
  answerAutoMtls,
  checkCookie,
  createPluginListenAddress,
  formatHandshake,
  shareSocket,
} from '@backplane/protocol/goplugin';
import { createServer, type Listener } from '@backplane/protocol/grpc';
import { PluginRuntime, registerPlugin } from '../adapters/index.ts';
import { describeError } from '../classify-error.ts';
import { SdkError } from '../errors.ts';
import { log, writeStderr } from '../log/index.ts';
import { createProcessMetrics, metrics } from '../metrics/index.ts';
import type { Plugin } from '../plugin.ts';
import { answerBuildFlags, buildInfo } from './build-info.ts';
import { isPluginProcess } from './guard.ts';
import { countBuffersAsHeap } from './heap.ts';
import { findLeader, isStandalone, leadTo, serveStandalone } from './standalone.ts';
import { stopPlugin } from './stop-plugin.ts';
import { traceProcess } from './trace-process.ts';
import { watchHost } from './watch-host.ts';

/** Limits of the plugin's gRPC server. */
export interface ServeOptions {
  /** Largest request taken: `GF_PLUGIN_GRPC_MAX_RECEIVE_MSG_SIZE_MB` of the environment, or 64 MiB, unless given. */
  readonly maxReceiveBytes?: number;
}

const mebibyte = 1024 * 1024;
const defaultMaxReceiveBytes = 64 * mebibyte;
let served = false;

/**
 * Serves a plugin to the host that started this process. Resolves once it is served; the process ends by itself.
 *
 * Started by hand it explains itself on stderr and exits with code 1. It stops when the host says so, on SIGTERM, and
 * when the host is gone: running calls get a moment, instances are disposed, the socket is removed. SIGINT is
 * ignored, because a Ctrl-C in a terminal reaches plugins too and the host stops them in its own order.
 *
 * With the argument `-standalone` it serves without a host, for a debugger; hosts that start the plugin are led there.
 * `-buildinfo` and `-version` print what was built, and end.
 *
 * @throws SdkError `served_twice` when the process already serves a plugin
 */
export async function serve(plugin: Plugin, options: ServeOptions = {}): Promise<void> {
  if (served) throw new SdkError('served_twice', `plugin ${plugin.id}: this process already serves a plugin; call serve once`);
  served = true;
  const { env } = process;
  const answer = answerBuildFlags(process.argv.slice(2), buildInfo);
  if (answer !== undefined) {
    writeSync(1, answer);
    process.exit(0);
  }
  const isAlone = isStandalone();
  try {
    if (!isAlone) checkCookie(env);
  } catch (error) {
    writeStderr(`${describeError(error)}\n`);
    process.exit(1);
  }
  try {
    const leader = isAlone ? undefined : findLeader(plugin.id);
    if (leader !== undefined) leadTo(plugin.id, leader, writeHandshake);
    else await start(plugin, options, { env, isAlone });
  } catch (error) {
    log.error('The plugin cannot start', { pluginId: plugin.id, error: describeError(error), stack: (error as Error).stack });
    process.exit(1);
  }
}

/** Where a process finds itself. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Without a host, for a debugger. */
  readonly isAlone: boolean;
}

async function start(plugin: Plugin, options: ServeOptions, { env, isAlone }: Surroundings): Promise<void> {
  countBuffersAsHeap();
  metrics.addSource(createProcessMetrics());
  const tracing = await traceProcess(plugin.id, env.GF_PLUGIN_VERSION || (buildInfo?.version ?? ''), env);
  const runtime = new PluginRuntime(plugin, { log, metrics });
  const server = createServer({ maxReceiveBytes: options.maxReceiveBytes ?? maxReceiveBytes(env) });
  registerPlugin(server, runtime);
  const lifetime = new AbortController();
  const stop = (reason: string, code = 0) => {
    if (lifetime.signal.aborted) return;
    lifetime.abort();
    log.debug('The plugin stops', { pluginId: plugin.id, reason });
    void stopPlugin({ runtime, server, log, tracing }).finally(() => process.exit(code));
  };
  if (isAlone) return serveStandalone({ pluginId: plugin.id, server, stop, log });
  addSideServices(server, { onShutdown: () => stop('the host asked for it') });

  const answer = await answerAutoMtls(env);
  const listener = await server.listen(createPluginListenAddress(env), { tls: answer?.tls });
  await shareSocket(listener.address, env);
  // A crash leaves no time for an orderly end, but a socket file must not stay behind.
  process.on('exit', () => removeSocket(listener));
  process.on('SIGINT', () => log.trace('plugin received interrupt signal, ignoring'));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  // Before the host can be told anything: one that is killed right after the handshake has to have been seen.
  watchHost({ signal: lifetime.signal, onGone: () => stop('the host is gone') });
  writeHandshake(formatHandshake({ address: listener.address, serverCert: answer?.serverCert }));
  log.debug('The plugin is being served', { pluginId: plugin.id, guarded: isPluginProcess, version: buildInfo?.version });
}

/** `grpc_max_receive_msg_size_mb` of `[plugin.<id>]` in grafana.ini reaches the plugin as this variable. */
function maxReceiveBytes(env: NodeJS.ProcessEnv): number {
  const megabytes = Number(env.GF_PLUGIN_GRPC_MAX_RECEIVE_MSG_SIZE_MB);
  return Number.isFinite(megabytes) && megabytes > 0 ? Math.floor(megabytes * mebibyte) : defaultMaxReceiveBytes;
}

/** Writes to the real stdout before it returns; everything else that prints there is a log line by now. */
function writeHandshake(line: string): void {
  writeSync(1, line);
}

function removeSocket({ address }: Listener): void {
  if (address.network === 'unix') rmSync(address.path, { force: true });
}
