import type { Frame } from '@backplane/frames';
import type { FakeContext } from './fake-context.ts';

/** Queries by refId: the query type, and the plugin's own fields. */
export type TestQueries = Readonly<Record<string, { readonly queryType?: string } & Readonly<Record<string, unknown>>>>;

/** Options of a query. */
export interface QueryOptions extends TestCallOptions {
  /** Epoch milliseconds or dates; the last hour unless given. */
  readonly from?: number | Date;
  readonly to?: number | Date;
  readonly maxDataPoints?: number;
  readonly intervalMs?: number;
}

/** Options of any call. */
export interface TestCallOptions {
  /** Aborts the call, as a user who leaves. */
  readonly signal?: AbortSignal;
  /** What differs from the context of the plugin in this call alone. */
  readonly context?: FakeContext;
}

/** The answer to one query. */
export interface QueryResult {
  readonly status: number;
  /** Empty when the query succeeded. */
  readonly error: string;
  readonly errorSource: string;
  readonly frames: readonly Frame[];
}

/** The outcome of a health check. */
export interface TestHealth {
  readonly status: 'ok' | 'error' | 'unknown';
  readonly message: string;
  /** Parsed JSON, undefined when there was none. */
  readonly details: unknown;
}

/** The outcome of joining a channel or publishing to it. */
export interface TestJoin {
  readonly status: 'ok' | 'not_found' | 'permission_denied';
  /** Parsed JSON, undefined when there was none. */
  readonly data: unknown;
}

/**
 * A plugin under test, called as a host calls it: over gRPC, with the messages of the protocol.
 *
 * Disposing stops the plugin.
 */
export interface TestPlugin extends AsyncDisposable {
  /** Calls that fail as a whole reject with a GrpcStatusError; a query that fails is an answer with an error. */
  query(queries: TestQueries, options?: QueryOptions): Promise<Readonly<Record<string, QueryResult>>>;
  /** The same, frame by frame as the plugin makes them. */
  queryChunked(queries: TestQueries, options?: QueryOptions): AsyncIterable<{ readonly refId: string } & QueryResult>;
  checkHealth(options?: TestCallOptions): Promise<TestHealth>;
  /** An HTTP request to the plugin; the path may have a query string. Its body is sent whole, the answer's streams. */
  resource(path: string, init?: TestRequest): Promise<Response>;
  subscribe(path: string, options?: TestCallOptions & { readonly data?: unknown }): Promise<TestJoin>;
  publish(path: string, message: unknown, options?: TestCallOptions): Promise<TestJoin>;
  /** What a channel sends, each packet as parsed JSON. Leaving the loop ends the stream. */
  run(path: string, options?: TestCallOptions): AsyncIterable<unknown>;
  /** The plugin's metrics, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** What it has logged so far, oldest first. */
  readonly logs: readonly LogLine[];
  /** Resolves with the first line of that message, one already logged included. */
  logged(message: string | RegExp): Promise<LogLine>;
}

/** An HTTP request to a plugin. */
export interface TestRequest extends TestCallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A line that the plugin logged. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  /** Everything else of the line. */
  readonly fields: Readonly<Record<string, unknown>>;
}
