import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { hostEnvironment, offerAutoMtls, openSideStreams, parseHandshake, shutdown } from '@backplane/protocol/goplugin';
import { type Address, type Channel, type ChannelOptions, connect } from '@backplane/protocol/grpc';
import { exitOf, performCall } from './our-calls.ts';
import type { Answer, PluginProgram, Probe } from './types.ts';

const SHUTDOWN_TIMEOUT_MS = 2000;

/** How our probe differs from a bare one. */
export interface OurProbeOptions {
  /** Variables for the plugin. */
  readonly env?: Readonly<Record<string, string>>;
  readonly autoMtls?: boolean;
  /** Opens the channel; our own by default. */
  readonly dial?: (address: Address, options: Pick<ChannelOptions, 'tls'>) => Promise<Channel>;
}

/**
 * Runs a plugin over our protocol package alone, as bare as hostprobe is: what a plugin answers, before any of our
 * host's own rules. The host's rules have tests of their own, in cases/host-*.process.test.ts.
 */
export async function startOurProbe(plugin: PluginProgram, { env, autoMtls, dial = connect }: OurProbeOptions = {}): Promise<Probe> {
  const offer = autoMtls ? await offerAutoMtls() : undefined;
  const child = spawn(plugin.command, plugin.args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...hostEnvironment({ clientCert: offer?.clientCert }), ...env },
  });
  const handshake = parseHandshake(await firstLine(child.stdout));
  const { address } = handshake;
  const channel = await dial(address, { tls: offer?.accept(handshake) });
  const sideStreams = openSideStreams(channel, { onStdout: () => {}, onStderr: () => {} });
  const stop = async (): Promise<{ exitCode: number; forced: boolean }> => {
    await shutdown(channel, { timeoutMs: SHUTDOWN_TIMEOUT_MS });
    await channel.close();
    await sideStreams[Symbol.asyncDispose]();
    return waitOrKill(child);
  };
  return {
    pluginPid: child.pid ?? 0,
    address: address.network === 'unix' ? address.path : `${address.host}:${address.port}`,
    async run(command): Promise<Answer> {
      if (command.op !== 'kill') return performCall(channel, command);
      const began = performance.now();
      return { ...(await stop()), ms: Math.round(performance.now() - began) };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
    },
  };
}

/** The first line, or undefined at the end without one. Goes on reading for ever: a plugin that prints must not block. */
function firstLine(stdout: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    stdout.setEncoding('utf8');
    stdout.on('data', (part: string) => {
      if (text.includes('\n')) return;
      text += part;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    stdout.on('end', () => resolve(undefined));
  });
}

async function waitOrKill(child: ChildProcess): Promise<{ exitCode: number; forced: boolean }> {
  let forced = false;
  const timer = setTimeout(() => {
    forced = true;
    child.kill('SIGKILL');
  }, SHUTDOWN_TIMEOUT_MS);
  const exitCode = await exitOf(child);
  clearTimeout(timer);
  return { exitCode, forced };
}
