import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Check, Problem } from './types.ts';

/** A plugin folder, as far as it could be read. */
export interface PluginFolder {
  readonly folder: string;
  /** What plugin.json says, undefined when it is no JSON object. */
  readonly manifest: Readonly<Record<string, unknown>> | undefined;
  /** Why there is no manifest. */
  readonly problem: string | undefined;
  /** What a host would start, undefined when there is nothing. */
  readonly program: { readonly command: string; readonly args: readonly string[] } | undefined;
}

const GO_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** `linux_amd64`: this machine in Go's words. */
const platform = `${process.platform === 'win32' ? 'windows' : process.platform}_${GO_ARCH[process.arch] ?? process.arch}`;
const ending = process.platform === 'win32' ? '.exe' : '';

/** Looks at a folder with plugin.json, or with dist/plugin.json. */
export function readPluginFolder(named: string): PluginFolder {
  const folder = [named, join(named, 'dist')].find((place) => existsSync(join(place, 'plugin.json'))) ?? named;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'plugin.json'), 'utf8').replace(/^\ufeff/, ''));
    if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) throw new TypeError('it is no JSON object');
    return { folder, manifest, problem: undefined, program: findProgram(folder, text(manifest.executable)) };
  } catch (error) {
    return { folder, manifest: undefined, problem: (error as Error).message, program: undefined };
  }
}

function findProgram(folder: string, executable: string): PluginFolder['program'] {
  if (executable === '') return undefined;
  const native = join(folder, `${executable}_${platform}${ending}`);
  if (existsSync(native)) return { command: native, args: [] };
  const script = ['.js', '.ts'].map((end) => join(folder, executable + end)).find((file) => existsSync(file));
  return script === undefined ? undefined : { command: process.execPath, args: [...flags(), script] };
}

/** As hosts start scripts: with the conditions of this process, and without the warning that package.json lacks "type". */
function flags(): string[] {
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions='));
  return [...conditions, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What can be seen without starting the plugin. */
export const folderChecks: readonly Check<PluginFolder>[] = [
  {
    rule: 'folder/manifest',
    title: 'plugin.json is a JSON object with id, type, name and info.version',
    run({ manifest, problem, folder }) {
      if (manifest === undefined)
        return { found: `${join(folder, 'plugin.json')}: ${problem}`, fix: 'write a plugin.json; backplane build copies it into dist' };
      const missing = ['id', 'type', 'name'].filter((key) => text(manifest[key]) === '');
      if (missing.length > 0)
        return { found: `it has no ${missing.join(' and no ')}`, fix: 'add what is missing; hosts refuse to load it' };
      const version = text(infoOf(manifest).version);
      if (version === '' || version.includes('%'))
        return {
          found: `info.version is ${JSON.stringify(version)}`,
          fix: 'write a version, or build with backplane build, which fills %VERSION%',
          isWarning: true,
        };
      return undefined;
    },
  },
  {
    rule: 'folder/id',
    title: 'the id is organisation-name-type in lower case',
    run({ manifest }) {
      const [id, type] = [text(manifest?.id), text(manifest?.type)];
      if (new RegExp(`^[a-z0-9]+-([a-z0-9]+-)*${type}$`).test(id)) return undefined;
      return {
        found: `it is ${id}`,
        fix: `name it like acme-weather-${type}; Grafana's catalog takes no other, and a later change breaks stored data sources`,
        isWarning: true,
      };
    },
  },
  {
    rule: 'folder/backend',
    title: 'plugin.json declares a backend and its executable',
    run({ manifest }) {
      if (manifest?.backend === true && text(manifest.executable) !== '') return undefined;
      return {
        found: `backend is ${JSON.stringify(manifest?.backend)}, executable ${JSON.stringify(manifest?.executable)}`,
        fix: 'add "backend": true and "executable": "gpx_…"',
      };
    },
  },
  {
    rule: 'folder/executable-name',
    title: 'the program is named for this machine, in Go’s words',
    run({ manifest, program, folder }) {
      const wanted = `${text(manifest?.executable)}_${platform}${ending}`;
      if (program === undefined)
        return {
          found: `${folder} has no ${wanted}; it has ${present(folder, text(manifest?.executable))}`,
          fix: 'backplane pack makes it',
        };
      if (program.args.length === 0) return undefined;
      return {
        found: `there is ${program.args.at(-1)}, which Backplane runs and Grafana does not`,
        fix: `backplane pack makes ${wanted}`,
        isWarning: true,
      };
    },
  },
  {
    rule: 'folder/executable-mode',
    title: 'every executable has mode 0755',
    run({ manifest, folder }) {
      const executable = text(manifest?.executable);
      if (process.platform === 'win32' || executable === '') return undefined;
      const names = readdirSync(folder).filter((name) => name.startsWith(`${executable}_`) && statSync(join(folder, name)).isFile());
      const wrong = names.map((name) => [name, statSync(join(folder, name)).mode & 0o777] as const).filter(([, mode]) => mode !== 0o755);
      if (wrong.length === 0) return undefined;
      const found = wrong.map(([name, mode]) => `${name} has ${mode.toString(8).padStart(4, '0')}`).join(', ');
      return {
        found,
        fix: `chmod 0755 ${wrong.map(([name]) => name).join(' ')}`,
        ...(wrong.every(([, mode]) => mode & 0o100) && { isWarning: true }),
      };
    },
  },
  {
    rule: 'folder/named-files',
    title: 'the files that plugin.json names are there',
    run({ manifest = {}, folder }) {
      const missing = namedFiles(manifest).filter((name) => !existsSync(join(folder, name)));
      if (missing.length === 0) return undefined;
      return { found: `missing: ${missing.join(', ')}`, fix: 'add them, or take their names away', isWarning: true };
    },
  },
  {
    rule: 'folder/no-debug-files',
    title: 'nothing is left of a debugger',
    run({ folder }) {
      const left = ['standalone.txt', 'pid.txt'].filter((name) => existsSync(join(folder, name)));
      if (left.length === 0) return undefined;
      return { found: left.join(' and '), fix: 'end the standalone plugin, or delete them: they lead hosts to a debugger' };
    },
  },
];

function present(folder: string, executable: string): string {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(executable || 'gpx_')) : [];
  return names.length === 0 ? 'none for another machine either' : names.join(', ');
}

const infoOf = (manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  typeof manifest.info === 'object' && manifest.info !== null ? (manifest.info as Record<string, unknown>) : {};

function namedFiles(manifest: Readonly<Record<string, unknown>>): string[] {
  const { logos, screenshots } = infoOf(manifest);
  const pictures = Array.isArray(screenshots) ? screenshots.map((one) => text(one?.path)) : [];
  const small = typeof logos === 'object' && logos !== null ? Object.values(logos).map(text) : [];
  return [...small, ...pictures].filter((path) => path !== '' && !/^([a-z]+:|\/)/i.test(path));
}

/** A problem of the folder that makes starting it pointless. */
export function cannotStart({ program, problem }: PluginFolder): Problem['found'] | undefined {
  return program === undefined ? (problem ?? 'there is no program to start') : undefined;
}
