import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isHostError } from '@backplane/host';
import type { Config } from './config/index.ts';
import { isServerError } from './errors/index.ts';
import { createLogger, type Logger } from './log/index.ts';
import { openPluginHost } from './open-plugin-host.ts';
import { prepareServer, type StartServerOptions } from './start-server.ts';
import { backupStore } from './store/index.ts';

/** One thing that is wrong, or worth a look, with what a server would start from. */
export interface Finding {
  /** An error keeps the server, or the plugin that it is about, from starting. */
  readonly level: 'error' | 'warning';
  /** Names file and line where there is one. */
  readonly message: string;
  /** Code of the error behind it. */
  readonly code?: string | undefined;
}

/** What a server would be started with. */
export type CheckServerOptions = Pick<StartServerOptions, 'config' | 'env' | 'corePluginsFolder' | 'signal'>;

/** What a check has seen. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  /** Plugins that would be loaded. */
  readonly plugins: number;
}

/**
 * Does all that a start does, but for listening and running plugins, over a copy of the database, and collects what is
 * wrong. Nothing is changed or made, and a server may run over the same data folder.
 *
 * @throws the signal's reason
 */
export async function checkServer({ config, signal, ...options }: CheckServerOptions): Promise<CheckResult> {
  const findings: Finding[] = [];
  const addError = (error: unknown) => {
    if (!isServerError(error) && !isHostError(error)) throw error;
    findings.push({ level: 'error', message: error.message, code: error.code });
  };
  checkWritable(config.paths.data, findings);
  const folder = mkdtempSync(join(tmpdir(), 'backplane-check-'));
  let plugins = 0;
  try {
    const logger = collectWarnings(findings);
    // What a host logs as an error, its problems say as well.
    const host = await openPluginHost(
      config,
      { ...logger, error: () => undefined },
      {
        ...{ signal, middleware: [], checkFolder: join(folder, 'run') },
        corePluginsFolder: options.corePluginsFolder,
      },
    );
    plugins = host.plugins().length;
    for (const { pluginId, folder: at, message, code } of host.problems()) {
      findings.push({ level: 'error', message: `plugin ${pluginId ?? at}: ${message}`, code });
    }
    try {
      const server = await prepareServer({ ...options, config: copyData(config, folder), host, logger, onProvisioningError: addError });
      await server.close();
    } finally {
      await host[Symbol.asyncDispose]();
    }
  } catch (error) {
    addError(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { findings, plugins };
}

/** The same configuration over copies of database and key. */
function copyData(config: Config, folder: string): Config {
  const { database, paths } = config;
  if (existsSync(database.path)) backupStore(database.path, join(folder, 'backplane.db'));
  for (const name of ['secret.key', 'secret.key.next']) {
    if (existsSync(join(paths.data, name))) copyFileSync(join(paths.data, name), join(folder, name));
  }
  return { ...config, paths: { ...paths, data: folder }, database: { ...database, path: join(folder, 'backplane.db') } };
}

/** The folder need not be there yet; then the nearest one above it counts. */
function checkWritable(folder: string, findings: Finding[]): void {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    const what = nearest === folder ? 'cannot be written to' : `cannot be made in ${nearest}`;
    findings.push({
      level: 'error',
      message: `the data folder ${folder} ${what}: ${(error as Error).message}`,
      code: 'data_folder_unusable',
    });
  }
}

function collectWarnings(findings: Finding[]): Logger {
  return createLogger({
    level: 'warn',
    write: (line) => findings.push({ level: 'warning', message: line.replace(/^t=\S+ level=\S+ logger=\S+ msg=/, '') }),
  });
}
