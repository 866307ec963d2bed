import type { AppSettings, DataSourceSettings, PluginContext, PluginUser } from '@backplane/host';
import { suggest, UsageError } from '../terminal/index.ts';
import { isObject, isRawNumber, readJsonFile } from './parse-json.ts';

/** What a settings file says: the plugin context, and headers for calls that carry them. */
export interface CallSettings {
  readonly context: PluginContext;
  readonly headers: Readonly<Record<string, string>>;
  /** Remarks for the user. */
  readonly warnings: readonly string[];
}

/** The plugin that the settings are for. */
export interface SettingsTarget {
  readonly pluginId: string;
  /** `type` in plugin.json. */
  readonly type: string;
}

type Fields = Readonly<Record<string, unknown>>;

const TOP = 'pluginId pluginVersion orgId namespace userAgent apiVersion user config headers dataSource app'.split(' ');
const DATA_SOURCE = 'id uid type name url user database basicAuthEnabled basicAuthUser jsonData secureJsonData updated apiVersion'.split(
  ' ',
);
const APP = 'jsonData secureJsonData updated apiVersion'.split(' ');
const USER = 'login name email role'.split(' ');

/**
 * Reads the plugin context of a call. Everything in the file is optional; without a file the plugin gets empty settings.
 *
 * @throws UsageError naming the file and the key that is wrong
 */
export function readSettings(file: string | undefined, target: SettingsTarget): CallSettings {
  const content = file === undefined ? {} : readJsonFile(file, 'the settings file');
  return new SettingsReader(file ?? 'the settings', target).read(content);
}

class SettingsReader {
  readonly #file: string;
  readonly #target: SettingsTarget;
  readonly #warnings: string[] = [];

  constructor(file: string, target: SettingsTarget) {
    this.#file = file;
    this.#target = target;
  }

  read(content: unknown): CallSettings {
    const top = this.#fields(content, '', TOP);
    const pluginId = this.#text(top, 'pluginId');
    if (pluginId !== '' && pluginId !== this.#target.pluginId)
      this.#warnings.push(`${this.#file} is for plugin ${pluginId}, and this is ${this.#target.pluginId}`);
    const isDataSource = this.#target.type === 'datasource';
    const context: PluginContext = {
      orgId: this.#number(top, 'orgId', 1),
      user: top.user === undefined ? undefined : this.#user(top.user),
      dataSource:
        top.dataSource !== undefined || (isDataSource && top.app === undefined) ? this.#dataSource(top.dataSource ?? {}) : undefined,
      app: top.app !== undefined || (!isDataSource && top.dataSource === undefined) ? this.#app(top.app ?? {}) : undefined,
      config: this.#texts(top, 'config'),
      userAgent: this.#text(top, 'userAgent', 'Grafana/12.4.0 (linux; amd64)'),
      namespace: this.#optionalText(top, 'namespace'),
      apiVersion: this.#optionalText(top, 'apiVersion'),
    };
    return { context, headers: this.#texts(top, 'headers'), warnings: this.#warnings };
  }

  #user(value: unknown): PluginUser {
    const user = this.#fields(value, 'user', USER);
    return {
      login: this.#text(user, 'login'),
      name: this.#text(user, 'name'),
      email: this.#text(user, 'email'),
      role: this.#text(user, 'role'),
    };
  }

  #dataSource(value: unknown): DataSourceSettings {
    const fields = this.#fields(value, 'dataSource', DATA_SOURCE);
    return {
      id: this.#number(fields, 'id', 1),
      uid: this.#text(fields, 'uid', 'call'),
      type: this.#text(fields, 'type', this.#target.pluginId),
      name: this.#text(fields, 'name', 'call'),
      url: this.#text(fields, 'url'),
      user: this.#text(fields, 'user'),
      database: this.#text(fields, 'database'),
      basicAuthEnabled: fields.basicAuthEnabled === true,
      basicAuthUser: this.#text(fields, 'basicAuthUser'),
      ...this.#openSettings(fields),
    };
  }

  #app(value: unknown): AppSettings {
    return this.#openSettings(this.#fields(value, 'app', APP));
  }

  #openSettings(fields: Fields): Pick<AppSettings, 'jsonData' | 'secureJsonData' | 'updatedAtMs' | 'apiVersion'> {
    const { jsonData = {} } = fields;
    return {
      jsonData: typeof jsonData === 'string' ? jsonData : JSON.stringify(jsonData),
      secureJsonData: this.#texts(fields, 'secureJsonData'),
      updatedAtMs: this.#time(fields.updated),
      apiVersion: this.#text(fields, 'apiVersion'),
    };
  }

  /** Epoch milliseconds, or a text that Date.parse reads. */
  #time(value: unknown): number {
    if (value === undefined || value === null) return Date.now();
    const ms = typeof value === 'string' ? Date.parse(value) : Number(plainNumber(value));
    if (!Number.isFinite(ms)) throw this.#wrong('updated', 'is no time; give epoch milliseconds or an ISO date');
    return ms;
  }

  #fields(value: unknown, path: string, known: readonly string[]): Fields {
    if (!isObject(value)) throw this.#wrong(path, 'is no JSON object');
    for (const name of Object.keys(value).filter((each) => !known.includes(each))) {
      const meant = suggest(name, known);
      const hint =
        path === '' && DATA_SOURCE.includes(name) ? `; did you mean dataSource.${name}?` : meant ? `; did you mean ${meant}?` : '';
      this.#warnings.push(`${this.#file} has the key ${path === '' ? name : `${path}.${name}`}, which is not used${hint}`);
    }
    return value;
  }

  #text(fields: Fields, name: string, fallback = ''): string {
    const value = fields[name] ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'is no text');
    return value;
  }

  #optionalText(fields: Fields, name: string): string | undefined {
    return fields[name] === undefined ? undefined : this.#text(fields, name);
  }

  #number(fields: Fields, name: string, fallback: number): number {
    const value = plainNumber(fields[name] ?? fallback);
    if (typeof value !== 'number') throw this.#wrong(name, 'is no number');
    return value;
  }

  #texts(fields: Fields, name: string): Record<string, string> {
    const value = fields[name] ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'is no JSON object');
    for (const [key, text] of Object.entries(value)) if (typeof text !== 'string') throw this.#wrong(`${name}.${key}`, 'is no text');
    return value as Record<string, string>;
  }

  #wrong(name: string, problem: string): UsageError {
    return new UsageError(`${this.#file}: ${name === '' ? 'the document' : name} ${problem}`);
  }
}

function plainNumber(value: unknown): unknown {
  return isRawNumber(value) ? Number(JSON.stringify(value)) : value;
}
