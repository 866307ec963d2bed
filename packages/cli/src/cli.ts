import { readFileSync } from 'node:fs';
import { BUILD_HELP, runBuild } from './build/index.ts';
import { CALL_HELP, runCall } from './call/index.ts';
import { BACKUP_HELP, ROTATE_KEY_HELP, runBackup, runRotateKey } from './operate/index.ts';
import { PACK_HELP, runPack } from './pack/index.ts';
import { runServe, SERVE_HELP } from './serve/index.ts';
import { EXIT, suggest, type Terminal, UsageError } from './terminal/index.ts';
import { runValidate, VALIDATE_HELP } from './validate/index.ts';

interface Command {
  readonly help: string;
  /** Resolves with the exit code. */
  readonly run: (rawArgs: string[], terminal: Terminal) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { help: SERVE_HELP, run: runServe },
  call: { help: CALL_HELP, run: runCall },
  build: { help: BUILD_HELP, run: runBuild },
  pack: { help: PACK_HELP, run: runPack },
  validate: { help: VALIDATE_HELP, run: runValidate },
  backup: { help: BACKUP_HELP, run: runBackup },
  'rotate-key': { help: ROTATE_KEY_HELP, run: runRotateKey },
};

const HELP = `Usage: backplane COMMAND [options]

Runs Grafana backend plugins without Grafana, and makes them.

Commands
  serve       run the server: Grafana's HTTP API over the plugins in a folder
  call        call one plugin from the terminal: health, query, resource, metrics, streams
  build       make a plugin written in TypeScript ready to run
  pack        make it ready to be given away: executables and archives
  validate    check a plugin folder, whatever the plugin is written in
  backup      write the database of a server, which may run, into one file
  rotate-key  seal stored secrets by new keys

\`backplane COMMAND --help\` explains a command. \`backplane --version\` prints the version.

To see something at once:  backplane serve --demo
`;

/**
 * Runs one command line.
 *
 * @param args what follows the program's name
 * @returns the exit code; never rejects for mistakes of the user or failures of a plugin
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) return print(terminal.err, HELP, EXIT.usage);
  if (name === '--version' || name === '-v') return print(terminal.out, `${version()}\n`, EXIT.ok);
  if (name === 'help' || name === '--help' || name === '-h') return printHelp(rest[0], terminal);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return print(terminal.err, unknownCommand(name), EXIT.usage);
  // Options end at `--`; what follows are values.
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) return print(terminal.out, command.help, EXIT.ok);
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (terminal.signal.aborted && error === terminal.signal.reason) {
      return print(terminal.err, `backplane ${name}: ${(error as Error).message}\n`, EXIT.interrupted);
    }
    if (!(error instanceof UsageError)) throw error;
    return print(terminal.err, `backplane ${name}: ${error.message}\nSee \`backplane ${name} --help\`.\n`, EXIT.usage);
  }
}

function printHelp(name: string | undefined, terminal: Terminal): number {
  if (name === undefined) return print(terminal.out, HELP, EXIT.ok);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command === undefined ? print(terminal.err, unknownCommand(name), EXIT.usage) : print(terminal.out, command.help, EXIT.ok);
}

function unknownCommand(name: string): string {
  const known = Object.keys(COMMANDS);
  const meant = suggest(name, known);
  const hint = meant === undefined ? `There are ${new Intl.ListFormat('en').format(known)}.` : `Did you mean \`backplane ${meant}\`?`;
  return `backplane: there is no command ${JSON.stringify(name)}. ${hint}\nSee \`backplane --help\`.\n`;
}

function print(write: (text: string) => void, text: string, code: number): number {
  write(text);
  return code;
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return own;
}
