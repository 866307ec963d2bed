import type { Frame } from '@backplane/frames';
import type { Bivariant } from '../bivariant.ts';
import type { RequestContext } from '../context.ts';
import type { JsonObject } from '../schema.ts';

/** A span of time. */
export interface TimeRange {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** One query of a request. */
export interface Query<Model = JsonObject> {
  readonly refId: string;
  /** Empty for plugins with one kind of query. */
  readonly queryType: string;
  /** The plugin's own part of the query, validated. */
  readonly model: Model;
  readonly timeRange: TimeRange;
  /** The distance between points that fits the width of the panel. */
  readonly interval: { readonly ms: number };
  readonly maxDataPoints: number;
  /** The whole query as JSON text, exactly as sent: read 64-bit integers from here. */
  readonly raw: string;
}

/** What a query handler gives: frames at once, or one after another. */
export type QueryOutput = Frame | readonly Frame[] | AsyncIterable<Frame | readonly Frame[]>;

/** Answers one query. A throw becomes the error of this query alone. */
export type QueryHandler<Model, Instance> = Bivariant<
  (query: Query<Model>, instance: Instance, context: RequestContext) => QueryOutput | Promise<QueryOutput>
>;
