import { existsSync } from 'node:fs';
import { ping, shutdown } from '@backplane/protocol/goplugin';
import type { RunningSubject } from './call-checks.ts';
import type { Check } from './types.ts';

/** After that hosts kill. */
const STOP_LIMIT_MS = 2000;

/** How a plugin ends. They come last, since the second one ends it. */
export const endChecks: readonly Check<RunningSubject>[] = [
  {
    rule: 'lifecycle/plugin-ignores-sigint',
    title: 'it ignores SIGINT, which a terminal sends to the host’s whole group',
    async run({ process, channel }) {
      process.child.kill('SIGINT');
      try {
        await ping(channel, { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
        return undefined;
      } catch {
        return { found: 'it ended', fix: 'ignore SIGINT: the host stops plugins in its own order' };
      }
    },
  },
  {
    rule: 'helpers/plugin-stops-in-time',
    title: 'it ends by itself within two seconds of Shutdown, with exit code 0',
    async run({ process, channel }) {
      await shutdown(channel, { timeoutMs: STOP_LIMIT_MS });
      const timer = setTimeout(() => process.child.kill('SIGKILL'), STOP_LIMIT_MS);
      const exit = await process.ended;
      clearTimeout(timer);
      if (exit === 0) return undefined;
      if (exit === 'SIGKILL')
        return { found: 'it had to be killed', fix: 'end on plugin.GRPCController/Shutdown, whatever handlers are doing' };
      return { found: `it ended with ${exit}`, fix: 'exit with 0 after Shutdown: another code looks like a crash' };
    },
  },
  {
    rule: 'helpers/plugin-removes-socket',
    title: 'its socket is gone with it',
    run({ channel: { address } }) {
      if (address.network === 'tcp' || !existsSync(address.path)) return undefined;
      return { found: `${address.path} is still there`, fix: 'remove the socket at the end' };
    },
  },
];
