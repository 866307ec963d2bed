import { parseHandshake } from '@backplane/protocol/goplugin';
import { type PluginCommand, spawnPlugin } from '../plugin-process.ts';
import type { Check } from './types.ts';

/** A program, and how patient the checks are with it. */
export interface StartSubject {
  readonly program: PluginCommand;
  readonly startTimeoutMs: number;
}

const WITHOUT_HOST = `without grafana_plugin_type=datasource a plugin was started by hand: print how it is meant to be used to stderr, exit with 1`;

/** What a plugin does before its host can call it. Each check has a process of its own. */
export const startChecks: readonly Check<StartSubject>[] = [
  {
    rule: 'handshake/plugin-needs-cookie',
    title: 'started by hand it explains itself on stderr and exits with 1',
    async run({ program, startTimeoutMs }) {
      await using started = await spawnPlugin(program, false);
      const timer = setTimeout(() => started.child.kill('SIGKILL'), startTimeoutMs);
      const exit = await started.ended;
      clearTimeout(timer);
      if (started.stdout !== '')
        return { found: `it printed to stdout: ${JSON.stringify(started.stdout.slice(0, 200))}`, fix: WITHOUT_HOST };
      if (exit !== 1) return { found: `it ended with ${exit}`, fix: WITHOUT_HOST };
      return started.stderr.trim() === '' ? { found: 'it said nothing', fix: WITHOUT_HOST } : undefined;
    },
  },
  {
    rule: 'handshake/plugin-needs-no-environment',
    title: 'it starts with nothing in the environment but what a host sets, as under Grafana 12.4 and later',
    async run({ program, startTimeoutMs }) {
      await using started = await spawnPlugin(program);
      await started.firstLine(startTimeoutMs);
      return undefined;
    },
  },
  {
    rule: 'handshake/plugin-line-form',
    title: 'the first thing on stdout is one handshake line',
    async run({ program, startTimeoutMs }) {
      await using started = await spawnPlugin(program);
      const line = await started.firstLine(startTimeoutMs);
      parseHandshake(line);
      if (/^1\|2\|(unix|tcp)\|[^|\n]+\|grpc(\|[^|\n]*)?\n$/.test(line)) return undefined;
      return { found: JSON.stringify(line), fix: 'print 1|2|unix|PATH|grpc| and LF, at once and alone' };
    },
  },
  {
    rule: 'handshake/plugin-answers-version-2',
    title: 'it answers version 2 also when the host’s list is missing or odd',
    async run({ program, startTimeoutMs }) {
      for (const versions of ['', '1,3', 'abc,2']) {
        await using started = await spawnPlugin({ ...program, env: { ...program.env, PLUGIN_PROTOCOL_VERSIONS: versions } });
        const line = await started.firstLine(startTimeoutMs);
        if (!line.startsWith('1|2|'))
          return {
            found: `${JSON.stringify(line)} to the list ${JSON.stringify(versions)}`,
            fix: 'answer version 2 whatever the list says',
          };
      }
      return undefined;
    },
  },
  {
    rule: 'handshake/plugin-uses-socket-folder',
    title: 'it listens where nobody else gets at it: a socket in PLUGIN_UNIX_SOCKET_DIR, or 127.0.0.1',
    async run({ program, startTimeoutMs }) {
      await using started = await spawnPlugin(program);
      const { address } = parseHandshake(await started.firstLine(startTimeoutMs));
      if (address.network === 'unix') {
        if (address.path.startsWith(started.folder)) return undefined;
        return { found: address.path, fix: 'make the socket in PLUGIN_UNIX_SOCKET_DIR', isWarning: true };
      }
      if (['127.0.0.1', '::1', 'localhost'].includes(address.host)) return undefined;
      return { found: `it listens on ${address.host}`, fix: 'listen on 127.0.0.1: everybody in the network can call it' };
    },
  },
];
