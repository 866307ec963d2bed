import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { ForeignImportError, toScript } from './to-script.ts';

/** What is bundled. */
export interface BundleOptions {
  /** The file that calls `serve`. */
  readonly entry: string;
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

/** A plugin as one script. */
export interface Bundle {
  readonly script: string;
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
 * Bundles a plugin and all that it imports into one script that needs nothing but Node.
 *
 * @throws BundleError
 */
export async function bundlePlugin({ entry, minify, buildInfo }: BundleOptions): Promise<Bundle> {
  const warnings: string[] = [];
  const unresolved: string[] = [];
  try {
    await using build = await rolldown({
      input: entry,
      platform: 'node',
      resolve: { conditionNames: conditions() },
      transform: { define: { BACKPLANE_BUILD_INFO: JSON.stringify(JSON.stringify(buildInfo)) } },
      onLog(_level, { code, message }) {
        (code === 'UNRESOLVED_IMPORT' ? unresolved : warnings).push(message);
      },
    });
    const { output } = await build.generate({
      format: 'esm',
      minify,
      codeSplitting: false,
      comments: { legal: true, annotation: false, jsdoc: false },
    });
    const [chunk] = output;
    const script = toScript(chunk.code);
    const packages = packagesOf(Object.entries(chunk.modules).map(([id, { renderedLength }]) => [id, renderedLength]));
    // What is loaded by `import()` in case it is there may be missing; `toScript` has refused everything else.
    return { script, packages, warnings: [...warnings, ...unresolved] };
  } catch (error) {
    if (error instanceof ForeignImportError) throw new BundleError(foreignImport(error.message, unresolved), { cause: error });
    throw new BundleError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function foreignImport(name: string, unresolved: readonly string[]): string {
  const why = unresolved.find((message) => message.includes(name));
  return `${name} cannot be bundled: ${why ?? 'it is neither a package that was found nor a module of Node'}; npm install ${name}`;
}

/** As this program was started: in the workspace packages resolve to their sources. */
function conditions(): string[] {
  const given = process.execArgv.flatMap((argument) => /^--conditions=(.+)$/.exec(argument)?.[1] ?? []);
  return [...given, 'node', 'import', 'default'];
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
