import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from './package-folder.ts';
import { EXIT, suggest, type Terminal, UsageError } from './terminal/index.ts';

interface Command {
  readonly help: string;
  /** Resolves with the exit code. */
  readonly run: (rawArgs: string[], terminal: Terminal) => Promise<number>;
}

/** Each is loaded when it is asked for: a server has no use for a bundler. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: () => import('./serve/index.ts').then(({ SERVE_HELP: help, runServe: run }) => ({ help, run })),
  call: () => import('./call/index.ts').then(({ CALL_HELP: help, runCall: run }) => ({ help, run })),
  build: () => import('./build/index.ts').then(({ BUILD_HELP: help, runBuild: run }) => ({ help, run })),
  pack: () => import('./pack/index.ts').then(({ PACK_HELP: help, runPack: run }) => ({ help, run })),
  validate: () => import('./validate/index.ts').then(({ VALIDATE_HELP: help, runValidate: run }) => ({ help, run })),
  backup: () => import('./operate/index.ts').then(({ BACKUP_HELP: help, runBackup: run }) => ({ help, run })),
  'rotate-key': () => import('./operate/index.ts').then(({ ROTATE_KEY_HELP: help, runRotateKey: run }) => ({ help, run })),
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
  if (name === '--version' || name === '-v') return print(terminal.out, `${manifest().version}\n`, EXIT.ok);
  if (name === 'help' || name === '--help' || name === '-h') return await printHelp(rest[0], terminal);
  const command = await findCommand(name);
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

async function findCommand(name: string): Promise<Command | undefined> {
  if (!Object.hasOwn(COMMANDS, name)) return undefined;
  try {
    return await COMMANDS[name]?.();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return { help: '', run: async (_args, terminal) => print(terminal.err, lacksBundler(name), EXIT.failed) };
  }
}

/** The bundled program is for whoever runs a server; the bundler, with its native code, is not in it. */
function lacksBundler(name: string): string {
  const { rolldown } = manifest().dependencies;
  return `backplane ${name} needs the package rolldown, which is not here; beside ${packageFolder} run: npm install rolldown@${rolldown}\n`;
}

async function printHelp(name: string | undefined, terminal: Terminal): Promise<number> {
  if (name === undefined) return print(terminal.out, HELP, EXIT.ok);
  const command = await findCommand(name);
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

function manifest(): { readonly version: string; readonly dependencies: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
}
