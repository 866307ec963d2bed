import { dirname, join, relative } from 'node:path';
import { isHostError } from '@backplane/host';
import { defineCommand, runCommand } from 'citty';
import { checkOptions } from '../options/index.ts';
import { EXIT, type Terminal, UsageError } from '../terminal/index.ts';
import { type BuiltPlugin, buildPlugin } from './build-plugin.ts';
import { BundleError } from './bundle.ts';
import { formatSize } from './format-size.ts';

/** The help of `backplane build`. */
export const BUILD_HELP = `Usage: backplane build [FOLDER] [options]

Makes a plugin written in TypeScript ready to run: FOLDER/dist gets plugin.json, pictures, texts, and scripts with
everything that the plugin imports: <executable>.js, which starts it, and beside it what it loads by import() and the
programs that it starts by spawnProgram. Backplane runs that folder as it is; for Grafana, which starts native
programs, \`backplane pack\` makes executables of it.

FOLDER (the current one by default) has plugin.json, or src/plugin.json as in Grafana's template.

Options
  --entry FILE   the file that calls serve (default: <executable>.ts or .js beside plugin.json, or backend.ts)
  --out DIR      where to (default: FOLDER/dist); files of others in it stay
  --minify       smaller code; errors then name lines that nobody wrote

\`%VERSION%\` and \`%TODAY%\` in plugin.json are filled. Started with -buildinfo or -version, the program says what it is.
SOURCE_DATE_EPOCH makes the bytes repeatable.
`;

const ARGS = {
  folder: { type: 'positional', required: false },
  entry: { type: 'string', valueHint: 'FILE' },
  out: { type: 'string', valueHint: 'DIR' },
  minify: { type: 'boolean' },
} as const;

/**
 * `backplane build`.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function runBuild(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const command = defineCommand({ args: ARGS, run: ({ args }) => args });
  const args = (await runCommand(command, { rawArgs })).result as { folder?: string; entry?: string; out?: string; minify?: boolean };
  return await reportFailures(terminal, async () => {
    const { folder = '.', entry, out, minify } = args;
    const built = await buildPlugin({ folder, entry, outFolder: out, minify, onProgress: (line) => terminal.err(`${line}\n`) });
    terminal.out(describeBuild(built));
    for (const warning of built.warnings) terminal.err(`warning: ${warning}\n`);
    return EXIT.ok;
  });
}

/** Runs a part of a build; what is wrong with the plugin is told in words, everything else is our bug. */
export async function reportFailures(terminal: Terminal, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof BundleError || isHostError(error))) throw error;
    terminal.err(`error: ${error.message}\n`);
    return EXIT.failed;
  }
}

const SHOWN_PACKAGES = 6;

/** Sizes: of the program, and of what it consists of. */
export function describeBuild({ program, bytes, gzippedBytes, bundle: { packages, others: files } }: BuiltPlugin): string {
  const shown = packages.slice(0, SHOWN_PACKAGES).map(({ name, size }) => `  ${formatSize(size).padStart(8)}  ${name}\n`);
  const rest = packages.slice(SHOWN_PACKAGES);
  const others =
    rest.length === 0 ? '' : `  ${formatSize(rest.reduce((sum, { size }) => sum + size, 0)).padStart(8)}  ${rest.length} more\n`;
  const path = relative(process.cwd(), program) || program;
  const beside = files.map(
    ({ name, text }) => `${join(dirname(path), name)}: ${formatSize(Buffer.byteLength(text))}, read when it is needed\n`,
  );
  return `${path}: ${formatSize(bytes)}, gzipped ${formatSize(gzippedBytes)}\n${beside.join('')}${shown.join('')}${others}`;
}
