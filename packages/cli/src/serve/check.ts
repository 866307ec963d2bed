import { type Config, checkServer } from '@backplane/server';
import { EXIT, type Terminal, visible } from '../terminal/index.ts';
import { shippedPluginsFolder } from './shipped-plugins.ts';

/**
 * Prints what is wrong with what a server would start from, one line each, and how much was looked at.
 *
 * @returns the exit code: 1 when something would not start
 */
export async function checkConfig(config: Config, terminal: Terminal): Promise<number> {
  const { env, signal } = terminal;
  const { findings, plugins } = await checkServer({ config, env, signal, corePluginsFolder: shippedPluginsFolder() });
  for (const { level, message, code } of findings) {
    terminal.err(`${level}: ${visible(message)}${code === undefined ? '' : ` (${code})`}\n`);
  }
  const errors = findings.filter(({ level }) => level === 'error').length;
  terminal.out(`${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}; ${count(plugins, 'plugin')} looked at\n`);
  return errors === 0 ? EXIT.ok : EXIT.failed;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
