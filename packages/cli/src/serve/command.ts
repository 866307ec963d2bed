import { createServer } from 'node:net';
import { type Config, createLogger, type RunningServer, ServerError, startServer } from '@backplane/server';
import { defineCommand, runCommand } from 'citty';
import { CONFIG_ARGS, checkOptions, configOf, reportRefusals } from '../options/index.ts';
import { EXIT, type Terminal, UsageError } from '../terminal/index.ts';
import { giveBackMemoryOfStart } from './after-start.ts';
import { formatBanner } from './banner.ts';
import { checkConfig } from './check.ts';
import { type Demo, prepareDemo } from './demo-source.ts';
import { shippedPluginsFolder } from './shipped-plugins.ts';
import { describeSignIn } from './sign-in.ts';

/** The help of `backplane serve`. */
export const SERVE_HELP = `Usage: backplane serve [options]

Runs the server: Grafana's HTTP API over the plugins in a folder. Without options it listens on 127.0.0.1:3000 and keeps
its database, its plugins and its generated key in the folder data. The first start makes the user admin and prints a
generated password once, unless GF_SECURITY_ADMIN_PASSWORD sets one.

Options
  --config FILE         a grafana.ini; its keys can be overridden by GF_<SECTION>_<KEY>, and those by the options here
  --homepath DIR        where relative paths start (default: the current folder)
  --port N              port to listen on; 0 takes any free one (default 3000)
  --host ADDR           address to listen on (default 127.0.0.1; 0.0.0.0 lets other machines in)
  --plugins DIR         folder of plugins (default: plugins in the data folder)
  --data DIR            folder for everything that is stored (default: data)
  --provisioning DIR    folder of provisioning files (default: conf/provisioning)
  --dev                 for authors of plugins: unsigned ones run, as with app_mode = development
  --check               start nothing and change nothing; look at configuration, database, provisioning and plugins,
                        say what is wrong, and exit with 1 when anything is
  --demo                also make a database of sensor readings, a data source over it, and show a query

Ctrl-C stops it: calls in flight are finished first. A second Ctrl-C does not wait.

Examples
  backplane serve --demo
  backplane serve --config /etc/grafana/grafana.ini --plugins /var/lib/grafana/plugins --data /var/lib/backplane
`;

const text = (valueHint: string) => ({ type: 'string', valueHint }) as const;
const ARGS = {
  ...CONFIG_ARGS,
  port: text('N'),
  host: text('ADDR'),
  plugins: text('DIR'),
  provisioning: text('DIR'),
  dev: { type: 'boolean' },
  check: { type: 'boolean' },
  demo: { type: 'boolean' },
} as const;

type Switch = 'dev' | 'demo' | 'check';

/**
 * `backplane serve`: starts the server and resolves with the exit code when it was asked to stop.
 *
 * @throws UsageError
 */
export async function runServe(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const command = defineCommand({ args: ARGS, run: ({ args }) => args });
  const args = (await runCommand(command, { rawArgs })).result as {
    readonly [Name in Exclude<keyof typeof ARGS, Switch>]?: string;
  } & { readonly [Name in Switch]?: boolean };
  if (args.port !== undefined && (!/^\d{1,5}$/.test(args.port) || Number(args.port) > 65535)) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(args.port)}`);
  }
  return reportRefusals('serve', terminal, async () => {
    const { port, host, plugins, provisioning } = args;
    const appMode = args.dev === true ? ('development' as const) : undefined;
    const config = configOf(args, terminal, { port, host, plugins, provisioning, appMode });
    if (args.check === true) return checkConfig(config, terminal);
    await serveUntilStopped(config, args.demo ?? false, terminal);
    return EXIT.ok;
  });
}

async function serveUntilStopped(config: Config, isDemo: boolean, terminal: Terminal): Promise<void> {
  await assertAddressFree(config);
  const demo = isDemo ? prepareDemo(config) : undefined;
  await using server = await start(config, demo, terminal);
  const signIn = describeSignIn(config, server.firstAdmin, terminal.env);
  terminal.out(
    formatBanner({ url: server.address.url, plugins: server.catalog.list().length, problems: server.catalog.problems(), signIn, demo }),
  );
  giveBackMemoryOfStart();
  await aborted(terminal.signal);
  terminal.err('Stopping; calls in flight are finished first. Once more stops at once.\n');
}

async function start(config: Config, demo: Demo | undefined, terminal: Terminal): Promise<RunningServer> {
  const logger = createLogger({ level: config.log.level, write: (line) => terminal.err(`${line}\n`) });
  return await startServer({
    config,
    logger,
    env: terminal.env,
    signal: terminal.signal,
    corePluginsFolder: shippedPluginsFolder(),
    extraProvisioning: demo === undefined ? [] : [demo.provisioningFolder],
  });
}

/**
 * Looks before anything is written: most failed starts are a server that runs already.
 * Listening may still fail later, and says so by itself.
 */
async function assertAddressFree({ server: { httpAddr: host, httpPort: port } }: Config): Promise<void> {
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once('error', reject);
  probe.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new ServerError('listen_failed', { host, port, detail: explainListen(host, port, cause as NodeJS.ErrnoException) }, { cause });
  }
  const closed = Promise.withResolvers<void>();
  probe.close(() => closed.resolve());
  await closed.promise;
}

function explainListen(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken, perhaps by a server that runs already; stop that, or choose another with --port ${port + 1}`;
    case 'EACCES':
      return `this user may not listen on port ${port}; choose one above 1023 with --port 3000`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; --host 127.0.0.1 serves this machine alone, --host 0.0.0.0 others too`;
    default:
      return `${host}:${port} cannot be listened on: ${message}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
