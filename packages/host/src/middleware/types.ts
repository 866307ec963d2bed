import type { MessageLease } from '@backplane/protocol/grpc';
import type { CallOrigin, Endpoint, RequestOf, ResultOf } from '../client/index.ts';

/** One call on its way to a plugin. A middleware may hand a changed copy to the next. */
export interface PluginCall<Kind extends Endpoint = Endpoint> {
  readonly endpoint: Kind;
  readonly pluginId: string;
  readonly pluginVersion: string;
  readonly request: RequestOf<Kind>;
  readonly signal: AbortSignal | undefined;
  /** W3C `traceparent` of what caused the call, when there is one. */
  readonly traceparent?: string | undefined;
  /** The request that causes the call, when there is one. */
  readonly origin?: CallOrigin | undefined;
  /** For the memory of the answer. A middleware that gives the answer to others leaves it out; one that keeps it copies. */
  readonly lease?: MessageLease | undefined;
}

/** The rest of the way. */
export type Next<Kind extends Endpoint> = (call: PluginCall<Kind>) => Promise<ResultOf<Kind>>;

/**
 * One concern around every kind of call. It switches on `call.endpoint` where kinds differ.
 *
 * The result of `queryChunkedData`, `callResource` and `runStream` goes on after it resolves: `whenEnded` tells about the end.
 */
export type Middleware = <Kind extends Endpoint>(call: PluginCall<Kind>, next: Next<Kind>) => Promise<ResultOf<Kind>>;
