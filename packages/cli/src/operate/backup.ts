import { join, resolve } from 'node:path';
import { backupStore } from '@backplane/server';
import { defineCommand, runCommand } from 'citty';
import { CONFIG_ARGS, CONFIG_HELP, type ConfigArgs, checkOptions, configOf, reportRefusals } from '../options/index.ts';
import { EXIT, type Terminal, UsageError } from '../terminal/index.ts';

/** The help of `backplane backup`. */
export const BACKUP_HELP = `Usage: backplane backup FILE [options]

Writes the database of a server, as it is at one moment, into one new file. The server may run meanwhile, and nobody
waits. FILE appears only when the copy is whole and checked; a file that is there is never replaced.

To restore: stop the server, move backplane.db, backplane.db-wal and backplane.db-shm away, and put FILE in the place of
backplane.db. Secrets in it open with the key that the server had: keep secret.key, or your secret_key, elsewhere.

Options
${CONFIG_HELP}

Example
  backplane backup --data /var/lib/backplane /backup/backplane-$(date +%F).db
`;

const ARGS = { file: { type: 'positional', required: false }, ...CONFIG_ARGS } as const;

/**
 * `backplane backup`: resolves with the exit code.
 *
 * @throws UsageError
 */
export async function runBackup(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const args = (await runCommand(defineCommand({ args: ARGS, run: ({ args }) => args }), { rawArgs })).result as ConfigArgs & {
    readonly file?: string;
  };
  const { file } = args;
  if (file === undefined) throw new UsageError('say which file to write: backplane backup FILE');
  return reportRefusals('backup', terminal, async () => {
    const config = configOf(args, terminal);
    const { bytes, schemaVersion } = backupStore(config.database.path, resolve(file));
    terminal.out(`${resolve(file)}: ${(bytes / 1024).toFixed(0)} KiB, schema version ${schemaVersion}\n`);
    const key = config.security.secretKey === undefined ? join(config.paths.data, 'secret.key') : '[security] secret_key';
    terminal.err(`Its secrets open with ${key} alone; that is not in it.\n`);
    return EXIT.ok;
  });
}
