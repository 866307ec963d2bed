import { readFileSync } from 'node:fs';
import type { Environment } from '../config/index.ts';

/**
 * Fills in `$VAR`, `${VAR}`, `$__env{VAR}` and `$__file{path}`; `$$` is a dollar sign. What is not set is empty.
 * The result is not looked at again, so a secret from a file may hold dollar signs.
 *
 * @throws Error when a file cannot be read
 */
export function expandProvisioned(text: string, env: Environment): string {
  return text.replace(pattern, (_whole, provider?: string, argument?: string, braced?: string, bare?: string) => {
    if (provider === 'file') return readFileSync(argument ?? '', 'utf8').trim();
    const name = argument ?? braced ?? bare;
    return name === undefined ? '$' : (env[name] ?? '');
  });
}

const pattern = /\$\$|\$__(env|file)\{([^}]+)\}|\$\{([^}]+)\}|\$(\w+)/g;
