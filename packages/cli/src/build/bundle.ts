import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type ProgramSource, programUrls } from './program-urls.ts';
import { type ProgramScripts, type ScriptFile, splitProgram } from './split.ts';
import { ForeignImportError } from './to-script.ts';

/** What is bundled. */
export interface BundleOptions {
  /** The file that calls `serve`. */
  readonly entry: string;
  /** Of the program, without an ending. */
  readonly name: string;
  readonly minify: boolean;
  /** Told to the plugin, for `-buildinfo` and its logs. */
  readonly buildInfo: BuildInfo;
}

/** What a plugin says of its build, in the form of Go's SDK. */
export interface BuildInfo {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly pluginID: string;
  readonly version: string;
}

/** A package, and what it takes in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Characters of its code. */
  readonly size: number;
  readonly modules: number;
}

/** A plugin as scripts. */
export interface Bundle {
  /** What a Node runs to start the plugin; it needs the others beside it. */
  readonly main: ScriptFile;
  /** What is loaded when it is first imported, and the programs that the plugin starts. */
  readonly others: readonly ScriptFile[];
  /** Biggest first. */
  readonly packages: readonly BundledPackage[];
  /** What the bundler remarked; the bundle is usable nevertheless. */
  readonly warnings: readonly string[];
}

/** The plugin's code cannot be bundled; the message says which import or line is to blame. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/**
 * Bundles a plugin and all that it imports into scripts that need nothing but Node: one that starts, one for each part that
 * it imports later, and one for each program that it starts by `spawnProgram`.
 *
 * @throws BundleError
 */
export async function bundlePlugin({ entry, name, minify, buildInfo }: BundleOptions): Promise<Bundle> {
  const warnings: string[] = [];
  const unresolved: string[] = [];
  const define = { BACKPLANE_BUILD_INFO: JSON.stringify(JSON.stringify(buildInfo)) };
  const onLog = (code: string | undefined, message: string): void => {
    (code === 'UNRESOLVED_IMPORT' ? unresolved : warnings).push(message);
  };
  const programs: ProgramSource[] = [{ entry, name }];
  const add = (program: ProgramSource): void => {
    const known = programs.find((one) => one.name === program.name);
    if (known === undefined) programs.push(program);
    else if (known.entry !== program.entry)
      throw new BundleError(`${known.entry} and ${program.entry} would both be ${program.name}.js; name one of them otherwise`);
  };
  const plugins = [programUrls(dirname(entry), name, add)];
  try {
    const made: ProgramScripts[] = [];
    // Each may name further ones.
    for (const program of programs)
      made.push(
        await splitProgram({
          ...program,
          minify,
          define,
          plugins,
          hasPrograms: () => program === programs[0] && programs.length > 1,
          onLog,
        }),
      );
    const [main, ...others] = made.flatMap((scripts) => [scripts.main, ...scripts.parts]);
    const packages = packagesOf(made.flatMap(({ modules }) => modules));
    // What is loaded by `import()` in case it is there may be missing; `toScript` has refused everything else.
    return { main: main as ScriptFile, others, packages, warnings: [...new Set([...warnings, ...unresolved])] };
  } catch (error) {
    if (error instanceof ForeignImportError) throw new BundleError(foreignImport(error.message, unresolved), { cause: error });
    throw new BundleError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function foreignImport(name: string, unresolved: readonly string[]): string {
  const why = unresolved.find((message) => message.includes(name));
  return `${name} cannot be bundled: ${why ?? 'it is neither a package that was found nor a module of Node'}; npm install ${name}`;
}

function packagesOf(modules: readonly (readonly [id: string, size: number])[]): BundledPackage[] {
  const found = new Map<string, BundledPackage>();
  for (const [id, size] of modules) {
    const folder = packageFolder(id.replace(/^\0/, '').replace(/\?.*$/, ''));
    if (folder === undefined) continue;
    const known = found.get(folder) ?? { ...nameOf(folder), folder, size: 0, modules: 0 };
    found.set(folder, { ...known, size: known.size + size, modules: known.modules + 1 });
  }
  return [...found.values()].filter(({ size }) => size > 0).sort((a, b) => b.size - a.size);
}

/** The nearest folder upwards whose package.json has a name. */
function packageFolder(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && typeof readManifest(folder).name === 'string') return folder;
    if (basename(folder) === 'node_modules') return undefined;
  }
  return undefined;
}

function nameOf(folder: string): { readonly name: string; readonly version: string } {
  const { name, version } = readManifest(folder);
  return { name: String(name ?? relative(process.cwd(), folder)), version: String(version ?? '') };
}

const readManifest = (folder: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
