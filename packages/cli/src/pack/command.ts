import { chmodSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { defineCommand, runCommand } from 'citty';
import { type BuiltPlugin, buildPlugin, describeBuild, formatSize, reportFailures } from '../build/index.ts';
import { checkOptions, collectValues } from '../options/index.ts';
import { packageFolder } from '../package-folder.ts';
import { EXIT, type Terminal, UsageError } from '../terminal/index.ts';
import { makeExecutable } from './executable.ts';
import { checkStart } from './start-check.ts';
import { executableName, findNode, ownTarget, parseTarget, type Target } from './targets.ts';
import { writeZip, type ZipEntry } from './zip.ts';

/** The help of `backplane pack`. */
export const PACK_HELP = `Usage: backplane pack [FOLDER] [options]

Makes a plugin ready to be given away: builds it (see backplane build), puts Node and the scripts together into one
executable for each platform, named as Grafana looks for it, starts it once with an empty environment to see that it
does, and writes <id>-<version>.<platform>.zip beside FOLDER/dist, to be unpacked into a plugins folder.

Who runs it needs no Node. An executable for Linux needs glibc and libstdc++, which Debian, Ubuntu, Fedora and Grafana's
own Ubuntu image have, and its Alpine image has not.

Options
  --target OS_ARCH   linux_amd64, linux_arm64, darwin_amd64, darwin_arm64 or windows_amd64; may be repeated
                     (default: this machine). Others need their Node, and a message says how to get it
  --node FILE        the Node to put into the executable; of the version that runs this command
  --entry FILE       as for backplane build
  --out DIR          as for backplane build
  --minify           as for backplane build
  --skip-zip         executables only

Executables for macOS have to be signed on a Mac before they run there: codesign --sign - FILE
`;

const ARGS = {
  folder: { type: 'positional', required: false },
  target: { type: 'string', valueHint: 'OS_ARCH' },
  node: { type: 'string', valueHint: 'FILE' },
  entry: { type: 'string', valueHint: 'FILE' },
  out: { type: 'string', valueHint: 'DIR' },
  minify: { type: 'boolean' },
  'skip-zip': { type: 'boolean' },
} as const;

interface PackArguments {
  readonly folder?: string;
  readonly node?: string;
  readonly entry?: string;
  readonly out?: string;
  readonly minify?: boolean;
  readonly 'skip-zip'?: boolean;
}

/** The first Node whose `--build-sea` makes executables by itself and for other platforms. */
const LEAST_NODE = 26;

/**
 * `backplane pack`.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function runPack(rawArgs: string[], terminal: Terminal): Promise<number> {
  checkOptions(ARGS, rawArgs);
  const command = defineCommand({ args: ARGS, run: ({ args }) => args });
  const args = (await runCommand(command, { rawArgs })).result as PackArguments;
  const targets = targetsOf(collectValues(ARGS, rawArgs, 'target'));
  if (Number(process.versions.node.split('.')[0]) < LEAST_NODE)
    throw new UsageError(`executables are made by Node ${LEAST_NODE} or later, and this is Node ${process.versions.node}`);
  const { folder = '.', node, entry, out, minify } = args;
  // Before anything is built, so that a missing one costs no time.
  const nodes = targets.map((target) => [target, findNode(target, [resolve(folder), packageFolder], node)] as const);
  return await reportFailures(terminal, async () => {
    const onProgress = (line: string) => terminal.err(`${line}\n`);
    const built = await buildPlugin({ folder, entry, outFolder: out, minify, onProgress });
    terminal.out(describeBuild(built));
    for (const [target, file] of nodes) await packFor(target, file, { built, terminal, zip: args['skip-zip'] !== true });
    for (const warning of built.warnings) terminal.err(`warning: ${warning}\n`);
    return EXIT.ok;
  });
}

function targetsOf(given: readonly string[]): readonly Target[] {
  if (given.length > 0) return [...new Set(given.map(parseTarget))];
  const own = ownTarget();
  if (own === undefined) throw new UsageError('no Node is made for executables of this machine; name a platform with --target');
  return [own];
}

interface Packing {
  readonly built: BuiltPlugin;
  readonly terminal: Terminal;
  readonly zip: boolean;
}

async function packFor(target: Target, node: string, { built, terminal, zip }: Packing): Promise<void> {
  const { outFolder, program, source, bundle } = built;
  const { id, executable } = source.manifest;
  const file = join(outFolder, executableName(executable, target));
  const isForThisMachine = target === ownTarget();
  terminal.err(`making ${basename(file)} …\n`);
  const assets = Object.fromEntries(bundle.others.map(({ name }) => [name, join(outFolder, name)]));
  const bytes = await makeExecutable({ program, assets, node, file, isForThisMachine });
  const started = isForThisMachine ? `, handshake ${Math.round(await checkStart(file))} ms after its start` : ', not started here';
  terminal.out(`${shown(file)}: ${formatSize(bytes)}, Node ${process.versions.node}${started}\n`);
  if (!zip) return;
  const archive = join(dirname(outFolder), `${id}${source.version && `-${source.version}`}.${target}.zip`);
  terminal.err(`packing ${basename(archive)} …\n`);
  const zipped = await writeZip(archive, entriesOf(built, target));
  terminal.out(`${shown(archive)}: ${formatSize(zipped)}\n`);
}

/** Everything in the folder but executables for other platforms, in a folder named by the plugin, as in Grafana's archives. */
function entriesOf({ outFolder, source }: BuiltPlugin, target: Target): ZipEntry[] {
  const { id, executable } = source.manifest;
  const own = executableName(executable, target);
  const names = readdirSync(outFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.unfinished'))
    .map((entry) => relative(outFolder, join(entry.parentPath, entry.name)))
    .filter((name) => name === own || !name.startsWith(`${executable}_`))
    .sort();
  return names.map((name) => {
    const file = join(outFolder, name);
    // What is meant to be run may be run by everybody; everything else keeps no more than reading.
    const mode = name === own ? 0o755 : statSync(file).mode & 0o111 ? 0o755 : 0o644;
    if (name === own) chmodSync(file, 0o755);
    return { name: `${id}/${name.split(sep).join('/')}`, file, mode };
  });
}

const shown = (file: string): string => relative(process.cwd(), file) || file;
