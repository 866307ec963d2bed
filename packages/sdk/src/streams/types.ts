import type { Frame } from '@backplane/frames';
import type { Bivariant } from '../bivariant.ts';
import type { RequestContext } from '../context.ts';

/** Parameters of a path pattern: `live/:metric` has `metric`. */
export type PathParams<Pattern extends string> = { readonly [Name in ParamNames<Pattern>]: string };

type ParamNames<Pattern extends string> = Pattern extends `${infer Segment}/${infer Rest}`
  ? ParamName<Segment> | ParamNames<Rest>
  : ParamName<Pattern>;

type ParamName<Segment extends string> = Segment extends `:${infer Name}` ? Name : never;

/** What a stream sends: a frame, or any JSON. */
export type StreamItem = Frame | { readonly [key: string]: unknown } | readonly unknown[] | string | number | boolean | null;

/** Whether a channel may be joined or written to; `data` is the first thing a subscriber gets, or what is published. */
export type StreamAnswer =
  | 'ok'
  | 'not_found'
  | 'permission_denied'
  | { readonly status: 'ok' | 'not_found' | 'permission_denied'; readonly data?: StreamItem };

/** An answer now or later; any text but those of StreamAnswer is refused when it is returned. */
export type StreamReply = StreamAnswer | Promise<StreamAnswer | string>;

/** A kind of live channel. */
export interface StreamHandlers<Params, Instance> {
  /** Says whether a user may subscribe; everybody may unless given. `data` is what the client sent along. */
  readonly subscribe?: Bivariant<(params: Params, instance: Instance, context: RequestContext, data: unknown) => StreamReply>;
  /** Takes what a client publishes; nobody may publish unless given. */
  readonly publish?: Bivariant<(params: Params, instance: Instance, context: RequestContext, message: unknown) => StreamReply>;
  /**
   * Sends to everybody who subscribed: runs once for each channel, and ends when `context.signal` aborts.
   *
   * A throw makes the host run it again; a normal end stops the channel.
   */
  readonly run: Bivariant<(params: Params, instance: Instance, context: RequestContext) => AsyncIterable<StreamItem>>;
}

/** Live channels by path pattern. */
export type Streams<Pattern extends string, Instance> = {
  readonly [Path in Pattern]: StreamHandlers<PathParams<Path>, Instance>;
};
