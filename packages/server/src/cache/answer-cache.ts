import type { AnswerCache, CallOrigin, KeptResource, PluginCall, QueryDataResponse } from '@backplane/host';
import { Histogram, type Registry } from 'prom-client';
import { isJsonObject, JsonNumber, parseJson } from '../json/index.ts';
import type { Logger } from '../log/index.ts';
import { decodeQueryAnswer, decodeResource, encodeQueryAnswer, encodeResource } from './answer-codec.ts';
import { cacheKey } from './cache-key.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { CacheStore } from './cache-store.ts';

/** What became of a call, for the header `X-Cache`; empty where nothing is kept. */
export type CacheStatus = '' | 'HIT' | 'MISS' | 'BYPASS' | 'ERROR';

export interface ServerCacheOptions {
  readonly settings: CacheSettings;
  readonly store: CacheStore;
  /** `[caching] ttl` */
  readonly ttlMs: number;
  /** `[caching] max_ttl`; 0 is no limit. */
  readonly maxTtlMs: number;
  /** `[caching] max_value_mb` in bytes. */
  readonly maxValueBytes: number;
  readonly logger: Logger;
  readonly metrics: Registry;
}

type Cached = PluginCall<'queryData'> | PluginCall<'callResource'>;

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Keeps answers of data sources that say so, as Grafana documents it for its query and resource caching: for how long is
 * said by the panel, then by the data source, then by the configuration.
 */
export class ServerCache implements AnswerCache {
  readonly maxRows: number;
  readonly maxBodyBytes: number;
  readonly #options: ServerCacheOptions;
  /** By the request behind a call, because the way back from a middleware is the answer alone. */
  readonly #asked = new WeakMap<CallOrigin, { readonly status: CacheStatus; readonly atMs: number }>();
  readonly #queries: Histogram;
  readonly #resources: Histogram;

  constructor(options: ServerCacheOptions) {
    this.#options = options;
    this.maxBodyBytes = options.maxValueBytes;
    this.maxRows = Math.floor(options.maxValueBytes / 8);
    const registers = [options.metrics];
    const common = { buckets: secondsBuckets, registers };
    this.#queries = new Histogram({
      name: 'grafana_caching_query_caching_request_duration_seconds',
      help: 'Duration of queries that may be answered from the cache.',
      labelNames: ['datasource_type', 'cache', 'query_type'],
      ...common,
    });
    this.#resources = new Histogram({
      name: 'grafana_caching_resource_caching_request_duration_seconds',
      help: 'Duration of resource calls that may be answered from the cache.',
      labelNames: ['plugin_id', 'cache'],
      ...common,
    });
  }

  /** What became of the calls that this request caused. */
  statusOf(origin: CallOrigin): CacheStatus {
    return this.#asked.get(origin)?.status ?? '';
  }

  /** Calls with the same key may share one answer while it is on its way. */
  sharedKey(call: PluginCall): string | undefined {
    const query = call as Cached;
    return call.endpoint === 'queryData' && this.#ttlOf(query) !== undefined ? cacheKey(query) : undefined;
  }

  getQuery(call: PluginCall<'queryData'>): Promise<QueryDataResponse | undefined> {
    return this.#get(call, decodeQueryAnswer);
  }

  async putQuery(call: PluginCall<'queryData'>, response: QueryDataResponse): Promise<void> {
    if (isTooLarge(response, this.#options.maxValueBytes) || isRunning(response)) return this.#observe(call, 'MISS');
    await this.#put(call, () => encodeQueryAnswer(response));
  }

  getResource(call: PluginCall<'callResource'>): Promise<KeptResource | undefined> {
    return this.#get(call, decodeResource);
  }

  async putResource(call: PluginCall<'callResource'>, response: KeptResource): Promise<void> {
    const control = Object.entries(response.headers).filter(([name]) => name.toLowerCase() === 'cache-control');
    if (control.some(([, values]) => values.join().includes('no-store'))) return this.#observe(call, 'MISS');
    await this.#put(call, () => encodeResource(response));
  }

  /** Forgets all answers. */
  clear(): Promise<void> {
    return this.#options.store.clear();
  }

  async #get<Kept>(call: Cached, decode: (bytes: Uint8Array) => Kept): Promise<Kept | undefined> {
    if (this.#ttlOf(call) === undefined) {
      if (this.#isKept(call)) this.#note(call, 'BYPASS');
      return undefined;
    }
    try {
      this.#note(call, 'MISS');
      const bytes = await this.#options.store.get(cacheKey(call));
      if (bytes === undefined) return undefined;
      const kept = decode(bytes);
      this.#note(call, 'HIT');
      this.#observe(call, 'HIT');
      return kept;
    } catch (error) {
      this.#fail(call, error);
      return undefined;
    }
  }

  async #put(call: Cached, encode: () => Uint8Array): Promise<void> {
    const ttlMs = this.#ttlOf(call);
    if (ttlMs === undefined) return;
    this.#observe(call, 'MISS');
    try {
      const bytes = encode();
      if (bytes.length <= this.#options.maxValueBytes) await this.#options.store.set(cacheKey(call), bytes, ttlMs);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /** Undefined when a call is not to be answered from the cache. */
  #ttlOf(call: Cached): number | undefined {
    if (!this.#isKept(call) || call.origin?.headers['x-cache-skip'] === 'true') return undefined;
    const setting = this.#options.settings.find(call.request.context.dataSource?.id ?? 0);
    if (setting === undefined) return undefined;
    const { ttlMs: defaultMs, maxTtlMs } = this.#options;
    const isQuery = 'queries' in call.request;
    const own = isQuery ? setting.ttlQueriesMs : setting.ttlResourcesMs;
    const ofPanel = isQuery ? panelTtl(call as PluginCall<'queryData'>) : undefined;
    const ttlMs = ofPanel ?? (setting.useDefaultTtl || own <= 0 ? defaultMs : own);
    return maxTtlMs > 0 ? Math.min(ttlMs, maxTtlMs) : ttlMs;
  }

  /** Whether the answers of this data source are kept, and calls of this kind. Only reading resource calls are. */
  #isKept({ request }: Cached): boolean {
    const { dataSource } = request.context;
    if (dataSource === undefined || this.#options.settings.find(dataSource.id)?.enabled !== true) return false;
    return 'queries' in request || request.method === 'GET';
  }

  #note({ origin }: Cached, status: CacheStatus): void {
    if (origin !== undefined) this.#asked.set(origin, { status, atMs: this.#asked.get(origin)?.atMs ?? performance.now() });
  }

  #fail(call: Cached, error: unknown): void {
    this.#note(call, 'ERROR');
    this.#options.logger.warn('The cache failed; the plugin is asked', { pluginId: call.pluginId, error });
  }

  #observe(call: Cached, cache: CacheStatus): void {
    const startedAtMs = call.origin === undefined ? undefined : this.#asked.get(call.origin)?.atMs;
    if (startedAtMs === undefined) return;
    const seconds = (performance.now() - startedAtMs) / 1000;
    // The label has the name of the data source in Grafana as well.
    const datasource_type = call.request.context.dataSource?.name ?? '';
    if ('queries' in call.request) this.#queries.observe({ datasource_type, cache, query_type: 'backend' }, seconds);
    else this.#resources.observe({ plugin_id: call.pluginId, cache }, seconds);
  }
}

/** `queryCachingTTL` of the queries; the shortest of several. */
function panelTtl({ request }: PluginCall<'queryData'>): number | undefined {
  const own = request.queries.flatMap(({ json }) => {
    if (!json.includes('"queryCachingTTL"')) return [];
    const query = parseJson(json);
    const ttl = isJsonObject(query) ? query.queryCachingTTL : undefined;
    const ms = ttl instanceof JsonNumber ? ttl.toDouble() : 0;
    return ms > 0 ? [ms] : [];
  });
  return own.length === 0 ? undefined : Math.min(...own);
}

/** Cells take a bit at least; what is surely over the limit is not even encoded. */
function isTooLarge({ responses }: QueryDataResponse, maxBytes: number): boolean {
  let cells = 0;
  for (const { frames } of responses.values()) for (const frame of frames) cells += frame.length * frame.fields.length;
  return cells / 8 > maxBytes;
}

/** AWS plugins answer with the state of a query that still runs; that is no answer to keep. */
function isRunning({ responses }: QueryDataResponse): boolean {
  const isPending = (custom: unknown) =>
    /^(submitted|started|running)$/i.test(String((custom as { status?: unknown } | null | undefined)?.status));
  return [...responses.values()].some(({ frames }) => frames.some(({ meta }) => isPending(meta?.custom)));
}
