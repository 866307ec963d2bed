import type { HostLogger } from '@backplane/host';
import type { Terminal } from './terminal.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Which lines are worth showing. */
export interface LogChoice {
  /** All lines, debug ones too. */
  readonly verbose: boolean;
  readonly now?: () => Date;
}

/**
 * A host's logger that writes readable lines to standard error: the plugin's from info up, the host's own from warn up.
 * Control characters are made visible: what a plugin logs must not steer the terminal.
 */
export function createLogPrinter(terminal: Terminal, { verbose, now = () => new Date() }: LogChoice): HostLogger {
  const print = (level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const { logger, ...rest } = fields;
    const fromPlugin = typeof logger === 'string' && logger.startsWith('plugin.');
    if (!verbose && (level === 'debug' || (level === 'info' && !fromPlugin))) return;
    const who = fromPlugin ? logger.slice('plugin.'.length) : 'backplane';
    const facts = Object.entries(rest).map(([name, value]) => ` ${name}=${formatValue(value)}`);
    terminal.err(`${visible(`${now().toISOString().slice(11, 23)} ${level.padEnd(5)} ${who}: ${message}${facts.join('')}`)}\n`);
  };
  return {
    debug: (message, fields) => print('debug', message, fields),
    info: (message, fields) => print('info', message, fields),
    warn: (message, fields) => print('warn', message, fields),
    error: (message, fields) => print('error', message, fields),
  };
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

/** Control characters other than tab as escapes, so that what a plugin says cannot steer the terminal. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    if (character === '\t') return character;
    return character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
