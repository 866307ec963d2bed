import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildInfo, type Bundle, bundlePlugin } from './bundle.ts';
import { copyAssets, namedFiles } from './copy-assets.ts';
import { licenseNotices } from './licenses.ts';
import { type PluginSource, readPluginSource } from './plugin-source.ts';

/** How a plugin is built. */
export interface BuildOptions {
  readonly folder: string;
  /** Where to, `dist` in the folder by default. */
  readonly outFolder?: string | undefined;
  readonly entry?: string | undefined;
  readonly minify?: boolean | undefined;
  /** Set to build the same bytes again: the time in the build info. */
  readonly now?: Date;
  /** Told what is done, a line at a time. */
  readonly onProgress: (line: string) => void;
}

/** What was built. */
export interface BuiltPlugin {
  readonly source: PluginSource;
  readonly outFolder: string;
  /** The script that starts the plugin, in the output folder; what it needs lies beside it. */
  readonly program: string;
  readonly buildInfo: BuildInfo;
  readonly bundle: Bundle;
  readonly bytes: number;
  readonly gzippedBytes: number;
  /** Remarks that want attention, such as pictures that are missing. */
  readonly warnings: readonly string[];
}

const NOTICES = 'THIRD_PARTY_LICENSES.txt';

/**
 * Builds a plugin: scripts with all that it imports, plugin.json, pictures and texts, in a folder that a host can load.
 *
 * What else is in the output folder, such as a frontend, stays.
 *
 * @throws UsageError, HostError or BundleError: what is wrong with the plugin
 */
export async function buildPlugin(options: BuildOptions): Promise<BuiltPlugin> {
  const { folder, entry, minify = false, now = buildTime(), onProgress } = options;
  const source = readPluginSource(resolve(folder), { entry, now });
  const { manifest, manifestText } = source;
  onProgress(`plugin.json: ${manifest.id}${source.version && ` ${source.version}`}, ${manifest.type}`);

  const began = performance.now();
  const buildInfo = { time: now.getTime(), pluginID: manifest.id, version: source.version };
  const bundle = await bundlePlugin({ entry: source.entry, name: manifest.executable, minify, buildInfo });
  const modules = bundle.packages.reduce((sum, one) => sum + one.modules, 0);
  onProgress(`bundled ${modules} modules of ${bundle.packages.length} packages in ${Math.round(performance.now() - began)} ms`);

  const outFolder = resolve(options.outFolder ?? join(source.folder, 'dist'));
  mkdirSync(outFolder, { recursive: true });
  const program = join(outFolder, bundle.main.name);
  // First what the program reads, then the program.
  for (const { name, text } of [...bundle.others, bundle.main]) replaceFile(join(outFolder, name), text);
  replaceFile(join(outFolder, 'plugin.json'), manifestText);
  const notices = licenseNotices(bundle.packages);
  if (notices !== '') replaceFile(join(outFolder, NOTICES), notices);
  const copied = copyAssets(source, outFolder);
  onProgress(`copied ${['plugin.json', ...copied].join(', ')}`);
  const bytes = Buffer.byteLength(bundle.main.text);
  return {
    source,
    outFolder,
    program,
    buildInfo,
    bundle,
    bytes,
    gzippedBytes: gzipSync(bundle.main.text).length,
    warnings: [...bundle.warnings, ...manifestWarnings(source, outFolder)],
  };
}

/** SOURCE_DATE_EPOCH (seconds) makes builds repeatable, as for other tools. */
function buildTime(): Date {
  const seconds = Number(process.env.SOURCE_DATE_EPOCH);
  return process.env.SOURCE_DATE_EPOCH && Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date();
}

/** In one step: a host that looks meanwhile sees the old file or the new one. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** What Grafana would take and its catalog or its pages would not. */
function manifestWarnings({ manifest, version }: PluginSource, outFolder: string): string[] {
  const { id, type, executable, info, dependencies } = manifest;
  const has = (name: string) => {
    try {
      readFileSync(join(outFolder, name));
      return true;
    } catch {
      return false;
    }
  };
  return [
    ...(version === '' ? ['plugin.json has no info.version; write one, or "%VERSION%" for the version of package.json'] : []),
    ...(executable.startsWith('gpx_') ? [] : [`executable is ${executable}; Grafana's catalog wants names that start with gpx_`]),
    ...(id.endsWith(`-${type}`) && id === id.toLowerCase()
      ? []
      : [`the id ${id} is not of the form organisation-name-${type} in lower case, which Grafana's catalog wants`]),
    ...(dependencies.grafanaDependency === '' ? ['plugin.json has no dependencies.grafanaDependency, such as ">=10.4.0"'] : []),
    ...(info.logos.small === '' ? ['plugin.json names no info.logos; Grafana shows its own picture'] : []),
    ...namedFiles(manifest).flatMap((name) => (has(name) ? [] : [`plugin.json names ${name}, which does not exist`])),
  ];
}
