import type { Frame } from '@backplane/frames';
import type { MessageLease } from '@backplane/protocol/grpc';

/** Who asks; absent for calls that the server makes by itself. */
export interface PluginUser {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** Settings of one data source as its plugin sees them, secrets opened. */
export interface DataSourceSettings {
  readonly id: number;
  readonly uid: string;
  readonly type: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
  /** JSON text, exactly as stored. */
  readonly jsonData: string;
  readonly secureJsonData: Readonly<Record<string, string>>;
  /** Epoch milliseconds; a change makes the plugin open a new instance. */
  readonly updatedAtMs: number;
  readonly apiVersion: string;
}

/** Settings of an app plugin as it sees them. An app without a stored row has empty `jsonData`. */
export interface AppSettings {
  readonly jsonData: string;
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly updatedAtMs: number;
  readonly apiVersion: string;
}

/** What every call tells the plugin. Source: PluginContext in grafana-plugin-sdk-go `proto/backend.proto`. */
export interface PluginContext {
  readonly orgId: number;
  readonly user?: PluginUser | undefined;
  readonly dataSource?: DataSourceSettings | undefined;
  readonly app?: AppSettings | undefined;
  /** Per-request configuration, keys such as `GF_SQL_ROW_LIMIT`. */
  readonly config: Readonly<Record<string, string>>;
  /** `Grafana/<semver> (<os>; <arch>)`. */
  readonly userAgent: string;
  readonly namespace?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/** The request of somebody that causes a call. Calls that a server makes by itself have none. */
export interface CallOrigin {
  /** Headers as they came: names in small letters, one character per byte. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the client. */
  readonly remoteAddress?: string | undefined;
  /** Token by which a plugin can verify who asks. */
  readonly idToken?: string | undefined;
  /** Login of who asks; absent for anonymous requests and for those that are no users. */
  readonly login?: string | undefined;
  /** Tokens of the user's own sign-in elsewhere. */
  readonly oauth?: { readonly tokenType: string; readonly accessToken: string; readonly idToken?: string | undefined } | undefined;
}

/** Every call takes a signal; calls made during a restart wait for it at most `restartWaitMs` of the host. */
export interface PluginCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** W3C `traceparent` of what causes the call, so that the plugin's work is found under it; without one a trace begins here. */
  readonly traceparent?: string | undefined;
  /** The request that causes the call; what of it reaches the plugin is up to the middlewares. */
  readonly origin?: CallOrigin | undefined;
  /**
   * Lends memory to the answer of `queryData`, if it is big, until the lease is disposed: then nobody may look at its frames
   * any more. An answer that others see too, shared or kept, has memory of its own. See `createMessageLease`.
   */
  readonly lease?: MessageLease | undefined;
}

/** One query of a data source. */
export interface DataQuery {
  readonly refId: string;
  readonly queryType: string;
  readonly maxDataPoints: number | bigint;
  readonly intervalMs: number | bigint;
  readonly timeRange: { readonly fromMs: number; readonly toMs: number };
  /** JSON text of the whole query object. */
  readonly json: string;
}

/** Queries of one data source, which its plugin answers together. */
export interface QueryDataRequest {
  readonly context: PluginContext;
  /** Forwarded headers, names with the prefix `http_` where the protocol wants it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly queries: readonly DataQuery[];
}

/** Answer to one refId. */
export interface DataResponse {
  readonly frames: readonly Frame[];
  readonly error?: string | undefined;
  readonly errorSource?: 'plugin' | 'downstream' | undefined;
  /** HTTP-like status, 100 to 599. */
  readonly status: number;
}

/** Answers by refId. A refId that is missing has no answer, which is no error. */
export interface QueryDataResponse {
  readonly responses: ReadonlyMap<string, DataResponse>;
}

/** A part of an answer: rows of one frame, or what went wrong with a query. */
export interface DataChunk {
  readonly refId: string;
  /** Chunks with the same one are rows of one frame, in order. Empty beside an error. */
  readonly frameId: string;
  /** Absent beside an error. */
  readonly frame?: Frame | undefined;
  readonly error?: string | undefined;
  readonly errorSource?: 'plugin' | 'downstream' | undefined;
  /** HTTP-like status, 100 to 599. */
  readonly status: number;
}

/** An HTTP request for a plugin's own routes. */
export interface ResourceRequest {
  readonly context: PluginContext;
  /** Part after `/resources/`, without leading slash and without query. */
  readonly path: string;
  readonly method: string;
  /** The same path with `?query`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/** The beginning of an answer, whose body is still to come. */
export interface ResourceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Parts as the plugin sent them; may reject in the middle. Leaving the loop cancels the call. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Whether a data source, or an app, works. A status that is not known is `UNKNOWN`. */
export interface HealthResult {
  readonly status: 'OK' | 'ERROR' | 'UNKNOWN';
  readonly message: string;
  /** JSON bytes as the plugin sent them, possibly empty. */
  readonly jsonDetails: Uint8Array;
}

/** A channel of a plugin, and what its client sent: to subscribe, to publish and to run all ask with this shape. */
export interface StreamRequest {
  readonly context: PluginContext;
  readonly path: string;
  /** JSON bytes, possibly empty. */
  readonly data: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether a channel may be joined, or written. */
export interface SubscribeResult {
  readonly status: 'OK' | 'NOT_FOUND' | 'PERMISSION_DENIED';
  /** JSON bytes (initial data, or what to publish), possibly empty. */
  readonly data: Uint8Array;
}

/**
 * Typed calls to one plugin.
 *
 * Every method rejects with HostError: `plugin_unavailable`, `method_not_implemented`, `request_cancelled`,
 * `connection_lost`, `resource_exhausted`, `plugin_overloaded`, `call_timeout`, `request_failed`, `resource_unanswered`, `health_check_failed`.
 */
export interface PluginClient {
  queryData(request: QueryDataRequest, options?: PluginCallOptions): Promise<QueryDataResponse>;
  /** The same in parts, as the plugin finds them; `collectChunks` puts them together. Works with plugins that answer at once, too. */
  queryChunkedData(request: QueryDataRequest, options?: PluginCallOptions): AsyncIterable<DataChunk>;
  callResource(request: ResourceRequest, options?: PluginCallOptions): Promise<ResourceResponse>;
  checkHealth(
    request: { readonly context: PluginContext; readonly headers: Readonly<Record<string, string>> },
    options?: PluginCallOptions,
  ): Promise<HealthResult>;
  /** Prometheus text exposition; empty when the plugin has none. */
  collectMetrics(request: { readonly context?: PluginContext | undefined }, options?: PluginCallOptions): Promise<Uint8Array>;
  subscribeStream(request: StreamRequest, options?: PluginCallOptions): Promise<SubscribeResult>;
  publishStream(request: StreamRequest, options?: PluginCallOptions): Promise<SubscribeResult>;
  /** Packets, each one JSON document. */
  runStream(request: StreamRequest, options?: PluginCallOptions): AsyncIterable<Uint8Array>;
}
