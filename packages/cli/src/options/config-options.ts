import { isHostError } from '@backplane/host';
import { type Config, type ConfigFlags, isServerError, loadConfig } from '@backplane/server';
import type { ArgsDef } from 'citty';
import { EXIT, type Terminal } from '../terminal/index.ts';

const text = (valueHint: string) => ({ type: 'string', valueHint }) as const;

/** The options of every command that works on a server's data, as citty takes them. */
export const CONFIG_ARGS = { config: text('FILE'), homepath: text('DIR'), data: text('DIR') } as const satisfies ArgsDef;

/** Their lines in a help text. */
export const CONFIG_HELP = `  --config FILE         the grafana.ini of the server
  --homepath DIR        where relative paths start (default: the current folder)
  --data DIR            the data folder (default: data)`;

/** Values of those options. */
export interface ConfigArgs {
  readonly config?: string;
  readonly homepath?: string;
  readonly data?: string;
}

/**
 * The configuration that a server with these options has.
 *
 * @throws ServerError about the file or a key
 */
export function configOf({ config, homepath, data }: ConfigArgs, { env }: Terminal, flags: ConfigFlags = {}): Config {
  return loadConfig({ configFile: config, homePath: homepath, env, flags: { ...flags, data } });
}

/** Runs a command; what the server or a plugin host refuses is one line and exit code 1. */
export async function reportRefusals(name: string, terminal: Terminal, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!isServerError(error) && !isHostError(error)) throw error;
    terminal.err(`backplane ${name}: ${error.message} (${error.code})\n`);
    return EXIT.failed;
  }
}
