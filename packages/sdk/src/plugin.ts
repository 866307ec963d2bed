import type { AdmissionHandlers } from './admission.ts';
import type { Cache } from './cache.ts';
import type { ConversionHandler, QueryConversionHandler } from './conversion.ts';
import type { HealthHandler } from './health.ts';
import type { HttpMiddleware } from './http/index.ts';
import type { Logger } from './log/index.ts';
import type { Middleware } from './middleware.ts';
import type { QueryHandler } from './query/types.ts';
import type { ResourceFactory } from './resources.ts';
import type { StandardSchema } from './schema.ts';
import type { AppSettings, DataSourceSettings, RawSettings, SettingsSpec } from './settings.ts';
import type { StreamRouter } from './streams/index.ts';

/** How the queries of one queryType are answered. */
export interface QueryRoute {
  readonly schema: StandardSchema | undefined;
  readonly handler: QueryHandler<never, unknown>;
}

/**
 * Finds who answers a queryType.
 *
 * @throws PluginError status 400 that names the query types that there are
 */
export type QueryRouter = (queryType: string) => QueryRoute;

/** Settings as they came, with everything that is not validated. */
export type RawInstanceSettings =
  | ({ readonly kind: 'datasource' } & RawSettings & Omit<DataSourceSettings, 'jsonData' | 'secure'>)
  | ({ readonly kind: 'app' } & RawSettings & Omit<AppSettings, 'jsonData' | 'secure'>);

/** What `create` gets beside the settings. */
export interface CreateContext {
  /** Logs with the data source named. */
  readonly log: Logger;
  /**
   * `fetch` with the HTTP settings of the data source: authentication, TLS, proxies, limits, forwarding, metrics.
   *
   * @throws DownstreamError when the service cannot be reached, is too slow or answers too much
   */
  readonly fetch: typeof globalThis.fetch;
  /** Remembers what was costly to get, for this instance alone. */
  readonly cache: Cache;
}

/** How long instances live. */
export interface InstanceOptions {
  /**
   * An instance that no call used for this long is disposed, at the latest after twice as long; the next call opens
   * another one. An hour unless given; `Infinity` keeps them until their settings change.
   */
  readonly idleAfterMs?: number;
}

/**
 * A declared plugin, ready for `serve`.
 *
 * Made by `dataSource` and `appPlugin`. Its members are for the SDK: they are the declaration with the types rubbed off.
 */
export interface Plugin {
  readonly id: string;
  readonly kind: 'datasource' | 'app';
  readonly settings: SettingsSpec;
  /** Opens an instance from validated settings. */
  readonly create: (input: CreateContext & { readonly settings: unknown }) => unknown;
  readonly query: QueryRouter | undefined;
  readonly checkHealth: HealthHandler<unknown> | undefined;
  readonly resources: ResourceFactory<unknown> | undefined;
  readonly streams: StreamRouter | undefined;
  /** Most queries of one request answered at a time; undefined leaves it to the host's configuration. */
  readonly concurrency: number | undefined;
  readonly admission: AdmissionHandlers | undefined;
  readonly convert: ConversionHandler | undefined;
  readonly convertQueries: QueryConversionHandler | undefined;
  /** Around every call. */
  readonly use: readonly Middleware[];
  /** Around every request of an instance's `fetch`. */
  readonly httpMiddleware: readonly HttpMiddleware[];
  readonly instances: InstanceOptions;
}
