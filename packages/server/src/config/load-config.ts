import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { ServerError } from '../errors/index.ts';
import type { Config, PluginConfig } from './config.ts';
import { type Environment, expandValue } from './expand.ts';
import { CONFIG_SECTIONS } from './keys.ts';
import type { Kind } from './kinds.ts';
import { parseIni } from './parse-ini.ts';
import { PLUGIN_KEYS, PLUGIN_SECTION } from './plugin-keys.ts';

/** Command line flags; each wins over file and environment. */
export interface ConfigFlags {
  readonly port?: string | number | undefined;
  readonly host?: string | undefined;
  readonly plugins?: string | undefined;
  readonly data?: string | undefined;
  readonly provisioning?: string | undefined;
  /** `--dev` of the command line. */
  readonly appMode?: 'development' | undefined;
}

/** Where configuration comes from. */
export interface LoadConfigOptions {
  /** Must exist when given. Otherwise `conf/custom.ini` or `conf/grafana.ini` below the home path is read if there. */
  readonly configFile?: string | undefined;
  /** The current folder by default. */
  readonly homePath?: string | undefined;
  readonly env?: Environment | undefined;
  readonly flags?: ConfigFlags | undefined;
}

/** A value together with where it was set, for errors. */
interface Setting {
  readonly value: string;
  readonly where: string;
}

/**
 * Reads the configuration: built-in values, then the file, then `GF_<SECTION>_<KEY>`, then flags.
 *
 * @throws ServerError `config_unreadable`, `config_syntax`, `config_value_invalid`, `config_expansion_failed`
 */
export function loadConfig(options: LoadConfigOptions = {}): Config {
  const { env = {}, flags = {} } = options;
  const homePath = resolve(options.homePath ?? '.');
  const configFile = findFile(options.configFile, homePath);
  const settings = readSettings(configFile, env);
  applyEnvironment(settings, env);
  applyFlags(settings, flags);

  const values = Object.entries(CONFIG_SECTIONS).map(([name, { section, keys }]) => [name, readSection(settings, section, keys)]);
  const config = {
    ...Object.fromEntries(values),
    homePath,
    configFile,
    pluginSettings: pluginSettings(settings),
    pluginConfigs: pluginConfigs(settings),
    unusedKeys: unusedKeys(settings, env),
  };
  return withAbsolutePaths(config);
}

function findFile(given: string | undefined, homePath: string): string | undefined {
  if (given !== undefined) return resolve(given);
  return ['conf/custom.ini', 'conf/grafana.ini'].map((name) => join(homePath, name)).find((file) => existsSync(file));
}

function readSettings(file: string | undefined, env: Environment): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  if (file === undefined) return settings;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ServerError(
      'config_unreadable',
      { file, detail: `the configuration file ${file} cannot be read: ${(cause as Error).message}` },
      { cause },
    );
  }
  for (const { section, key, value, line } of parseIni(text, file)) {
    const where = `${file}:${line}`;
    settings.set(settingName(section, key), { value: expandValue(value, env, `[${section}] ${key} in ${where}`), where });
  }
  return settings;
}

function settingName(section: string, key: string): string {
  return `${section}\n${key}`;
}

/** `[plugin.acme-ds] some-key` is overridden by `GF_PLUGIN_ACME_DS_SOME_KEY`. */
function variableName(section: string, key: string): string {
  return `GF_${section}_${key}`.replace(/[.-]/g, '_').toUpperCase();
}

function applyEnvironment(settings: Map<string, Setting>, env: Environment): void {
  const known = knownSections(settings).flatMap(({ section, keys }) => Object.values(keys).map(({ key }) => settingName(section, key)));
  for (const name of new Set([...known, ...settings.keys()])) {
    const [section = '', key = ''] = name.split('\n');
    const variable = variableName(section, key);
    const value = env[variable];
    if (value !== undefined && value !== '') {
      settings.set(name, { value: expandValue(value, env, variable), where: `the environment (${variable})` });
    }
  }
}

/** The sections of the table, and one for each plugin that the file names. */
function knownSections(
  settings: Map<string, Setting>,
): { readonly section: string; readonly keys: Readonly<Record<string, Kind<unknown>>> }[] {
  const ofPlugins = pluginIds(settings).map((id) => ({ section: PLUGIN_SECTION + id, keys: PLUGIN_KEYS }));
  return [...Object.values(CONFIG_SECTIONS), ...ofPlugins];
}

function pluginIds(settings: Map<string, Setting>): string[] {
  const sections = new Set([...settings.keys()].map((name) => name.split('\n')[0] ?? ''));
  return [...sections].filter((section) => section.startsWith(PLUGIN_SECTION)).map((section) => section.slice(PLUGIN_SECTION.length));
}

function applyFlags(settings: Map<string, Setting>, flags: ConfigFlags): void {
  const targets = [
    ['port', 'server', 'http_port'],
    ['host', 'server', 'http_addr'],
    ['plugins', 'paths', 'plugins'],
    ['data', 'paths', 'data'],
    ['provisioning', 'paths', 'provisioning'],
    ['appMode', 'DEFAULT', 'app_mode'],
  ] as const;
  for (const [flag, section, key] of targets) {
    const value = flags[flag];
    if (value === undefined) continue;
    // A path on the command line is relative to where the command runs, not to the home path.
    const isPath = section === 'paths';
    settings.set(settingName(section, key), { value: isPath ? resolve(String(value)) : String(value), where: `the flag --${flag}` });
  }
}

function readSection(settings: Map<string, Setting>, section: string, keys: Readonly<Record<string, Kind<unknown>>>) {
  return Object.fromEntries(Object.entries(keys).map(([property, kind]) => [property, readKey(settings, section, kind)]));
}

function readKey(settings: Map<string, Setting>, section: string, kind: Kind<unknown>): unknown {
  const setting = settings.get(settingName(section, kind.key));
  if (setting === undefined) return kind.fallback;
  try {
    return kind.parse(fillReferences(settings, section, setting.value));
  } catch (cause) {
    const { where } = setting;
    const detail = `[${section}] ${kind.key} ${(cause as Error).message}; it is set in ${where}`;
    throw new ServerError('config_value_invalid', { section, key: kind.key, where, detail }, { cause });
  }
}

/** `%(domain)s` stands for another key of the section, as set or by default. */
function fillReferences(settings: Map<string, Setting>, section: string, value: string): string {
  return value.replace(/%\(([^)]+)\)s/g, (_whole, key: string) => {
    const group = Object.values(CONFIG_SECTIONS).find((candidate) => candidate.section === section);
    const fallback = Object.values<Kind<unknown>>(group?.keys ?? {}).find((kind) => kind.key === key)?.fallback;
    return settings.get(settingName(section, key))?.value ?? String(fallback ?? '');
  });
}

function pluginSettings(settings: Map<string, Setting>): Config['pluginSettings'] {
  const byPlugin: Record<string, Record<string, string>> = {};
  for (const [name, { value }] of settings) {
    const [section = '', key = ''] = name.split('\n');
    if (!section.startsWith('plugin.')) continue;
    const id = section.slice('plugin.'.length);
    byPlugin[id] ??= {};
    byPlugin[id][key] = value;
  }
  return byPlugin;
}

function pluginConfigs(settings: Map<string, Setting>): Config['pluginConfigs'] {
  return Object.fromEntries(pluginIds(settings).map((id) => [id, pluginConfig(settings, PLUGIN_SECTION + id)]));
}

function pluginConfig(settings: Map<string, Setting>, section: string): PluginConfig {
  const config = readSection(settings, section, PLUGIN_KEYS) as PluginConfig;
  const refuse = (key: string, why: string) => {
    const where = settings.get(settingName(section, key))?.where ?? '';
    const detail = `[${section}] ${key} ${why}; it is set in ${where}`;
    throw new ServerError('config_value_invalid', { section, key, where, detail });
  };
  if (config.address !== undefined && config.sandbox) {
    refuse('sandbox', 'cannot hold for a plugin with an address, which somebody else starts: leave one of them out');
  }
  if (config.certFile !== undefined && config.keyFile === undefined) refuse('cert_file', 'needs key_file beside it');
  if (config.keyFile !== undefined && config.certFile === undefined) refuse('key_file', 'needs cert_file beside it');
  return config;
}

function unusedKeys(settings: Map<string, Setting>, env: Environment): string[] {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { section, keys } of knownSections(settings)) known.set(section, new Set(Object.values(keys).map(({ key }) => key)));
  const fromFile = [...settings.keys()]
    .map((name) => name.split('\n') as [string, string])
    .filter(([section, key]) => !section.startsWith('plugin.') && known.get(section)?.has(key) !== true)
    .map(([section, key]) => `[${section}] ${key}`);
  const used = new Set([...settings.keys()].map((name) => variableName(...(name.split('\n') as [string, string]))));
  const fromEnvironment = Object.keys(env).filter((name) => name.startsWith('GF_') && env[name] !== '' && !used.has(name));
  return [...fromFile, ...fromEnvironment].sort();
}

function withAbsolutePaths(config: Config): Config {
  const { homePath } = config;
  const below = (folder: string, path: string) => (isAbsolute(path) ? path : join(folder, path));
  const data = below(homePath, config.paths.data);
  const paths = {
    data,
    plugins: config.paths.plugins === '' ? join(data, 'plugins') : below(homePath, config.paths.plugins),
    provisioning: below(homePath, config.paths.provisioning === '' ? 'conf/provisioning' : config.paths.provisioning),
  };
  const files = (paths: readonly string[]) => paths.map((path) => below(homePath, path));
  const file = (path: string | undefined) => (path === undefined ? undefined : below(homePath, path));
  const pluginConfigs = Object.entries(config.pluginConfigs).map(([id, plugin]): [string, PluginConfig] => [
    id,
    {
      ...plugin,
      caFile: file(plugin.caFile),
      certFile: file(plugin.certFile),
      keyFile: file(plugin.keyFile),
      sandboxReadable: files(plugin.sandboxReadable),
      sandboxWritable: files(plugin.sandboxWritable),
    },
  ]);
  const pluginTrustRoots = files(config.backplane.pluginTrustRoots);
  return {
    ...config,
    paths,
    pluginConfigs: Object.fromEntries(pluginConfigs),
    database: { ...config.database, path: below(data, config.database.path) },
    backplane: { ...config.backplane, pluginTrustRoots },
  };
}
