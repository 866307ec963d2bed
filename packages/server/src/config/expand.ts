import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ServerError } from '../errors/index.ts';

/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Fills in `${VAR}`, `$__env{VAR}` and `$__file{path}`. A variable that is not set is empty; a path is relative to
 * the folder in which the server was started. Other providers stay as they are.
 *
 * @param where names the value in an error
 * @throws ServerError `config_expansion_failed`
 */
export function expandValue(value: string, env: Environment, where: string): string {
  return value.replace(/\$(|__env|__file)\{([^}]+)\}/g, (_whole, provider: string, argument: string) => {
    if (provider === '__file') return readArgument(argument, where);
    return env[argument] ?? (argument === 'HOSTNAME' ? hostname() : '');
  });
}

function readArgument(path: string, where: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ServerError(
      'config_expansion_failed',
      { path, where, detail: `${where} names the file ${path}, which cannot be read: ${(cause as Error).message}` },
      { cause },
    );
  }
}
