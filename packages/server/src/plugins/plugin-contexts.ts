import type { PluginContext, PluginUser } from '@backplane/host';
import type { Identity } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import type { DataSource, DataSources } from '../datasources/index.ts';
import { openSecrets } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import type { PluginSettings } from './plugin-settings.ts';

export interface PluginContextsOptions {
  readonly config: Config;
  readonly dataSources: DataSources;
  readonly pluginSettings: PluginSettings;
  readonly store: Store;
  /** Address under which clients reach this server, with a slash at the end. */
  readonly appUrl: () => string;
}

interface Made {
  readonly identity: Identity;
  readonly changes: number;
  readonly appUrl: string;
  readonly context: PluginContext;
}

/** Makes what every call tells a plugin. The one place where settings are resolved and secrets opened for a call. */
export class PluginContexts {
  readonly #options: PluginContextsOptions;
  readonly #made = new WeakMap<DataSource, Made>();

  constructor(options: PluginContextsOptions) {
    this.#options = options;
  }

  /** Address under which clients reach this server, with a slash at the end. */
  appUrl(): string {
    return this.#options.appUrl();
  }

  /** The same object for the same two as long as nothing was written: queries in a row come with the same. */
  async forDataSource(identity: Identity, dataSource: DataSource): Promise<PluginContext> {
    const changes = this.#options.store.changes();
    const known = this.#made.get(dataSource);
    if (known?.identity === identity && known.changes === changes && known.appUrl === this.appUrl()) return known.context;
    const context = await this.#makeForDataSource(identity, dataSource);
    this.#made.set(dataSource, { identity, changes, appUrl: this.appUrl(), context });
    return context;
  }

  async #makeForDataSource(identity: Identity, dataSource: DataSource): Promise<PluginContext> {
    const secureJsonData = await this.secretsOfDataSource(dataSource);
    const { id, uid, type, name, url, user, database, basicAuthUser, jsonData, updatedAtMs, apiVersion } = dataSource;
    const settings = { id, uid, type, name, url, user, database, basicAuthUser, jsonData, updatedAtMs, apiVersion };
    return { ...this.#common(identity), dataSource: { ...settings, basicAuthEnabled: dataSource.basicAuth, secureJsonData } };
  }

  /** Secrets of a data source, opened for a call or for a request through its proxy. */
  async secretsOfDataSource(dataSource: DataSource): Promise<Record<string, string>> {
    return openSecrets(await this.#options.dataSources.secretsOf(dataSource));
  }

  async forApp(identity: Identity, pluginId: string): Promise<PluginContext> {
    const app = await this.#options.pluginSettings.forPlugin(identity.orgId, pluginId);
    return { ...this.#common(identity), app: { ...app, apiVersion: '' } };
  }

  /** Without settings: what plugins that are no apps get on the plugin routes. */
  forPlugin(identity: Identity): PluginContext {
    return this.#common(identity);
  }

  #common(identity: Identity): PluginContext {
    const { config } = this.#options;
    return {
      orgId: identity.orgId,
      user: toUser(identity),
      config: requestConfig(config, this.#options.appUrl()),
      userAgent: userAgent(config),
    };
  }
}

/** `Grafana/12.4.0 (linux; amd64)`: the product and version that plugins know, with Go's words for system and processor. */
export function userAgent({ backplane }: Config): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const processor = process.arch === 'x64' ? 'amd64' : process.arch;
  return `Grafana/${backplane.grafanaVersion} (${system}; ${processor})`;
}

function toUser({ login, name, email, role }: Identity): PluginUser {
  return { login, name, email, role: role ?? '' };
}

/** Configuration that plugins read per request. Source: Grafana `pkg/services/pluginsintegration/pluginconfig/request.go`. */
function requestConfig(config: Config, appUrl: string): Record<string, string> {
  const { sqlDatasources, dataproxy, featureToggles, query, log, live } = config;
  const entries: [string, string | number, boolean][] = [
    ['GF_APP_URL', appUrl, appUrl !== ''],
    ['GF_CONCURRENT_QUERY_COUNT', query.concurrentQueryLimit, true],
    ['GF_INSTANCE_FEATURE_TOGGLES_ENABLE', [...featureToggles.enable].sort().join(','), featureToggles.enable.length > 0],
    ['GF_USER_FACING_DEFAULT_ERROR', log.userFacingDefaultError, log.userFacingDefaultError !== ''],
    ['GF_SQL_ROW_LIMIT', dataproxy.rowLimit, dataproxy.rowLimit > 0],
    ['GF_SQL_MAX_OPEN_CONNS_DEFAULT', sqlDatasources.maxOpenConns, true],
    ['GF_SQL_MAX_IDLE_CONNS_DEFAULT', sqlDatasources.maxIdleConns, true],
    ['GF_SQL_MAX_CONN_LIFETIME_SECONDS_DEFAULT', sqlDatasources.maxConnLifetimeSeconds, true],
    ['GF_RESPONSE_LIMIT', dataproxy.responseLimit, dataproxy.responseLimit > 0],
    ['GF_LIVE_CLIENT_QUEUE_MAX_SIZE', live.clientQueueMaxSize, true],
  ];
  return Object.fromEntries(entries.filter(([, , isSet]) => isSet).map(([key, value]) => [key, String(value)]));
}
