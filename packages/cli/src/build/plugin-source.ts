import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type PluginManifest, parseManifest } from '@backplane/host';
import { UsageError } from '../terminal/index.ts';

/** A plugin as its author has it. */
export interface PluginSource {
  /** The folder that was named. */
  readonly folder: string;
  /** The folder of plugin.json; `src` for plugins made by Grafana's template. */
  readonly manifestFolder: string;
  readonly manifest: PluginManifest;
  /** The text of plugin.json with its placeholders filled. */
  readonly manifestText: string;
  /** The file that calls `serve`. */
  readonly entry: string;
  readonly version: string;
}

/** Where plugin.json may be: beside package.json, or where Grafana's template has it. */
const PLACES = ['.', 'src'];

/**
 * Reads what is to be built.
 *
 * `%VERSION%` and `%TODAY%` in plugin.json are filled, as by Grafana's template: the version of package.json, the day of the build.
 *
 * @param entry the file that calls `serve`, by default the one that `executable` names with `.ts` or `.js` behind it
 * @throws UsageError when something is not there or is no plugin with a backend
 * @throws HostError `manifest_…` when plugin.json is wrong
 */
export function readPluginSource(folder: string, { entry, now }: { readonly entry: string | undefined; readonly now: Date }): PluginSource {
  if (!existsSync(folder)) throw new UsageError(`the plugin folder ${folder} does not exist`);
  const places = PLACES.map((place) => join(folder, place));
  const manifestFolder = places.find((place) => existsSync(join(place, 'plugin.json')));
  if (manifestFolder === undefined) throw new UsageError(`${folder} has neither plugin.json nor src/plugin.json`);
  const file = join(manifestFolder, 'plugin.json');
  const packageVersion = versionOf(folder);
  const manifestText = readFileSync(file, 'utf8')
    .replaceAll('%VERSION%', packageVersion ?? '%VERSION%')
    .replaceAll('%TODAY%', now.toISOString().slice(0, 10));
  const manifest = parseManifest(manifestText, file);
  const { backend, executable, info } = manifest;
  if (!backend || executable === '')
    throw new UsageError(
      `${file} declares no backend; give it "backend": true and "executable": "gpx_${manifest.id.replaceAll('-', '_')}"`,
    );
  if (/[/\\]/.test(executable))
    throw new UsageError(`${file}: executable is ${executable}; give a plain name, the file is made beside plugin.json`);
  return {
    folder,
    manifestFolder,
    manifest,
    manifestText,
    entry: entry === undefined ? findEntry(manifestFolder, executable) : existing(resolve(folder, entry)),
    version: info.version.includes('%') ? '' : info.version,
  };
}

function findEntry(folder: string, executable: string): string {
  const candidates = [`${executable}.ts`, `${executable}.js`, 'backend.ts', 'backend/index.ts'].map((name) => join(folder, name));
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined)
    throw new UsageError(`which file calls serve? None of ${candidates.join(', ')} exists; name it with --entry FILE`);
  return found;
}

function existing(file: string): string {
  if (!existsSync(file)) throw new UsageError(`the entry ${file} does not exist`);
  return file;
}

/** The version in the package.json of the folder, or of one above it. */
function versionOf(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version;
    if (at === dirname(at)) return undefined;
  }
}
