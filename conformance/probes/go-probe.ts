import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { goProgram } from '../support/go.ts';
import type { Answer, Command, PluginProgram, Probe } from './types.ts';

/** How the genuine host is set up; as Grafana's when nothing is given. */
export interface GoProbeOptions {
  readonly skipHostEnv?: boolean;
  /** Ask for multiplexing of the broker, which Grafana does not. */
  readonly mux?: boolean;
  /** Talk over mutual TLS, which Grafana does not. */
  readonly autoMtls?: boolean;
  /** Without Grafana's OpenTelemetry handler, which costs the genuine host CPU. */
  readonly withoutStats?: boolean;
  readonly startTimeoutMs?: number;
  /** Variables for the plugin alone. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the genuine host said about a plugin that did not start. */
export class GoStartError extends Error {
  override readonly name = 'GoStartError';
}

type Ready =
  | { readonly ready: true; readonly pid: number; readonly plugin: number; readonly address: string }
  | { readonly ready: false; readonly error: string };

/**
 * Starts the genuine host with a plugin.
 *
 * @throws GoStartError with go-plugin's own text when the plugin does not start
 */
export async function startGoProbe(plugin: PluginProgram, options: GoProbeOptions = {}): Promise<Probe & { readonly hostPid: number }> {
  const args = [...flagsOf({ skipHostEnv: plugin.emptyEnvironment ?? false, ...options }), plugin.command, ...plugin.args];
  const child = spawn(await goProgram('hostprobe'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('hostprobe ended in the middle of a command');
    return JSON.parse(value) as T;
  };
  const ready = await next<Ready>();
  if (!ready.ready) {
    await exited;
    throw new GoStartError(ready.error);
  }
  return {
    hostPid: ready.pid,
    pluginPid: ready.plugin,
    address: ready.address,
    async run(command: Command): Promise<Answer> {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const answer = await next<Answer & { badCommand?: string; badAnswer?: string }>();
      if (answer.badCommand ?? answer.badAnswer) throw new Error(`hostprobe: ${answer.badCommand ?? answer.badAnswer}`);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      // At the end of its input the probe stops the plugin as Grafana would, and ends.
      child.stdin.end();
      await exited;
    },
  };
}

function flagsOf({ skipHostEnv, mux, autoMtls, withoutStats, startTimeoutMs, env = {} }: GoProbeOptions): string[] {
  return [
    ...(skipHostEnv ? ['-skip-host-env'] : []),
    ...(mux ? ['-mux'] : []),
    ...(autoMtls ? ['-mtls'] : []),
    ...(withoutStats ? ['-stats=false'] : []),
    ...(startTimeoutMs === undefined ? [] : [`-start-timeout=${startTimeoutMs}ms`]),
    ...Object.entries(env).map(([name, value]) => `-env=${name}=${value}`),
  ];
}
