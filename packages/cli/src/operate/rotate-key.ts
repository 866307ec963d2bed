import { readFileSync } from 'node:fs';
import { rotateSecrets, Secret } from '@backplane/server';
import { defineCommand, runCommand } from 'citty';
import { CONFIG_ARGS, CONFIG_HELP, type ConfigArgs, checkOptions, configOf, reportRefusals } from '../options/index.ts';
import { EXIT, type Terminal, UsageError } from '../terminal/index.ts';

/** The help of `backplane rotate-key`. */
export const ROTATE_KEY_HELP = `Usage: backplane rotate-key [options]

Seals every stored secret by new keys under a new master key, all or nothing. Stop the server first.

Without [security] secret_key a new random key takes the place of secret.key in the data folder; the old one is kept
beside it for backups from before, and can be deleted with them. With a secret_key: put the new one into the
configuration, and the one before into a file for --old-key-file. After a change from secret.key to a secret_key no
file is needed.

Options
${CONFIG_HELP}
  --old-key-file FILE   holds the secret_key before; one line feed at its end does not count

Examples
  backplane rotate-key --data /var/lib/backplane
  backplane rotate-key --config /etc/backplane/backplane.ini --old-key-file /etc/backplane/old-secret-key
`;

const ARGS = { ...CONFIG_ARGS, 'old-key-file': { type: 'string', valueHint: 'FILE' } } as const;

/**
 * `backplane rotate-key`: resolves with the exit code.
 *
 * @throws UsageError
 */
export async function runRotateKey(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const args = (await runCommand(defineCommand({ args: ARGS, run: ({ args }) => args }), { rawArgs })).result as ConfigArgs & {
    readonly 'old-key-file'?: string;
  };
  const file = args['old-key-file'];
  const oldSecretKey = file === undefined ? undefined : readSecret(file);
  return reportRefusals('rotate-key', terminal, async () => {
    const { secrets, source, keptKeyFile } = await rotateSecrets({ config: configOf(args, terminal), oldSecretKey });
    terminal.out(`${secrets} secrets are sealed under ${source}.\n`);
    if (keptKeyFile !== undefined) terminal.err(`Backups from before need ${keptKeyFile}; delete it together with them.\n`);
    return EXIT.ok;
  });
}

function readSecret(file: string): Secret {
  try {
    return new Secret(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    throw new UsageError(`--old-key-file cannot be read: ${(error as Error).message}`);
  }
}
