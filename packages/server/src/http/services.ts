import type { Tracing } from '@backplane/host';
import type { Registry } from 'prom-client';
import type { Authenticator, IdTokens, Orgs, Preferences, ServiceAccounts, Sessions, Users } from '../auth/index.ts';
import type { CacheSettings, ServerCache } from '../cache/index.ts';
import type { Config } from '../config/index.ts';
import type { DataSources } from '../datasources/index.ts';
import type { Logger } from '../log/index.ts';
import type { PluginCatalog, PluginContexts, PluginSettings } from '../plugins/index.ts';
import type { AppProxy, DataSourceProxy } from '../proxy/index.ts';
import type { QueryService } from '../query/index.ts';
import type { ResourceService } from '../resources/index.ts';
import type { Store } from '../store/index.ts';

/** What the routes work with. */
export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  /** What `/metrics` shows; every room may add to it. */
  readonly metrics: Registry;
  /** Undefined when it is off. */
  readonly tracing: Tracing | undefined;
  readonly store: Store;
  readonly users: Users;
  readonly orgs: Orgs;
  readonly serviceAccounts: ServiceAccounts;
  readonly sessions: Sessions;
  readonly preferences: Preferences;
  readonly authenticator: Authenticator;
  readonly idTokens: IdTokens;
  readonly dataSources: DataSources;
  readonly catalog: PluginCatalog;
  readonly pluginSettings: PluginSettings;
  readonly cache: ServerCache;
  readonly cacheSettings: CacheSettings;
  readonly contexts: PluginContexts;
  readonly queries: QueryService;
  readonly resources: ResourceService;
  readonly dataSourceProxy: DataSourceProxy;
  readonly appProxy: AppProxy;
  /** Applies provisioning files again. */
  readonly reload: { readonly datasources: () => Promise<void>; readonly plugins: () => Promise<void> };
  readonly now: () => number;
  /** Where the server is in its life; whoever spreads requests sends them to `ready` ones. */
  readonly phase: () => 'starting' | 'ready' | 'stopping';
}
