import { shutdown } from '@backplane/protocol/goplugin';
import type { Channel } from '@backplane/protocol/grpc';
import { describeExit } from './child.ts';
import { familyUsage } from './family-usage.ts';
import type { PluginProcess } from './plugin-process.ts';
import type { PluginEnd, RunningPlugin } from './types.ts';
import { within } from './within.ts';

/** The waits of the stop ladder. */
export interface StopWaits {
  /** After the Shutdown call, before SIGTERM. As long as Grafana waits. */
  readonly shutdownWaitMs: number;
  /** After SIGTERM, before SIGKILL. */
  readonly termWaitMs: number;
}

/** A process that dies closes its connection a moment earlier than we hear of its exit. */
const exitAfterConnectionWaitMs = 500;
/** How long we hope for the exit after SIGKILL before the removal says that it does not come. */
const exitAfterKillWaitMs = 1_000;

/** How long the connection may take to close; the process is removed in any case. */
const closeWaitMs = 1_000;

/** What a started process is called by. */
export interface RunningProcessParts {
  readonly plugin: PluginProcess;
  readonly channel: Channel;
  readonly sideStreams: AsyncDisposable;
  readonly stopWaits: StopWaits;
}

/** A plugin process with its connection: whichever ends first ends the run. */
export function createRunningProcess({ plugin, channel, sideStreams, stopWaits }: RunningProcessParts): RunningPlugin {
  let ladder: Promise<void> | undefined;
  const ended = Promise.race([plugin.exited, channel.closed]).then(() => {});
  const gone = finish();
  gone.catch(() => {}); // whoever waits for it hears of it
  return {
    pid: plugin.child.pid,
    channel,
    ended,
    gone,
    stderrTail: () => plugin.stderrTail(),
    stop: async () => {
      ladder ??= climbDown();
      await ladder;
      await gone;
    },
    kill: () => plugin.kill(),
    usage: () => familyUsage(plugin.child.pid),
  };

  async function finish(): Promise<PluginEnd> {
    await ended;
    await (ladder ?? within(plugin.exited, exitAfterConnectionWaitMs));
    const exit = plugin.child.exit();
    await within(Promise.all([channel.close(), sideStreams[Symbol.asyncDispose]()]), closeWaitMs);
    await plugin.remove();
    const words = exit === undefined ? 'connection lost' : describeExit(exit);
    const diagnosis = ladder === undefined ? plugin.diagnosis() : undefined;
    return { why: diagnosis === undefined ? words : `${words}: ${diagnosis}`, stderrTail: plugin.stderrTail() };
  }

  /** Ask, wait, SIGTERM, wait, SIGKILL. Reaping belongs to the removal. */
  async function climbDown(): Promise<void> {
    // Shutdown ends well, badly or not at all; what counts is the exit.
    const asked = shutdown(channel, { timeoutMs: stopWaits.shutdownWaitMs });
    const exit = await within(plugin.exited, stopWaits.shutdownWaitMs);
    await asked;
    if (exit !== undefined) return;
    plugin.child.signalGroup('SIGTERM');
    if ((await within(plugin.exited, stopWaits.termWaitMs)) !== undefined) return;
    plugin.kill();
    await within(plugin.exited, exitAfterKillWaitMs);
    await channel.close(); // ends the run even if the process does not
  }
}
