import type { Frame } from '@backplane/frames';
import { runHandler } from '../call-scope.ts';
import { classifyError, type ErrorFacts } from '../classify-error.ts';
import type { RequestContext } from '../context.ts';
import { PluginError } from '../errors.ts';
import type { QueryRouter } from '../plugin.ts';
import { parseQuery, type RawQuery } from './parse-query.ts';
import type { QueryOutput } from './types.ts';

/** A frame in bytes, in one piece or in parts. */
export type PackedFrame = Uint8Array | readonly Uint8Array[];

/** The answer to one query: its frames in bytes, or what went wrong. */
export type QueryAnswer =
  | { readonly kind: 'frames'; readonly frames: readonly PackedFrame[] }
  | { readonly kind: 'error'; readonly facts: ErrorFacts; readonly error: unknown };

/** What answering needs. */
export interface AnswerOptions {
  readonly router: QueryRouter;
  readonly instance: unknown;
  readonly context: RequestContext;
  /** Most queries at a time. */
  readonly concurrency: number;
  /** Packs a frame for the wire; what it throws is an error of the frame's query. */
  readonly encode: (frame: Frame, refId: string) => PackedFrame | Promise<PackedFrame>;
}

/** Answers, and the end of the handlers: one that was given up may still be at work, and uses the instance. */
export interface AnsweredQueries {
  readonly answers: ReadonlyMap<string, QueryAnswer>;
  readonly settled: Promise<unknown>;
}

/** Answers every query by itself, in the order of the request: one that fails spoils no other. Never rejects. */
export async function answerQueries(queries: readonly RawQuery[], options: AnswerOptions): Promise<AnsweredQueries> {
  const answers: Promise<QueryAnswer>[] = [];
  const settled: Promise<void>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < queries.length; at = next++) {
      const running = startQuery(queries[at] as RawQuery, options);
      answers[at] = running.answer;
      settled.push(running.settled);
      await running.answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, queries.length) }, work));
  const inOrder = await Promise.all(answers);
  return { answers: new Map(queries.map(({ refId }, at) => [refId, inOrder[at] as QueryAnswer])), settled: Promise.all(settled) };
}

/** Every query's answer when something failed before any could be asked. */
export function failQueries(queries: readonly RawQuery[], error: unknown): ReadonlyMap<string, QueryAnswer> {
  const answer = errorAnswer(error);
  return new Map(queries.map(({ refId }) => [refId, answer]));
}

/** What a query is answered that failed. */
export function errorAnswer(error: unknown): Extract<QueryAnswer, { kind: 'error' }> {
  return { kind: 'error', facts: classifyError(error), error };
}

function startQuery(query: RawQuery, options: AnswerOptions): { answer: Promise<QueryAnswer>; settled: Promise<void> } {
  const { answer, settled } = runHandler(options.context, () => framesOf(query, options));
  return { answer: answer.then((frames): QueryAnswer => ({ kind: 'frames', frames }), errorAnswer), settled };
}

async function framesOf(raw: RawQuery, options: AnswerOptions): Promise<PackedFrame[]> {
  const frames: PackedFrame[] = [];
  await eachFrame(raw, options, (frame) => {
    frames.push(frame);
  });
  return frames;
}

/** Runs the handler of a query and hands each frame on, packed; the next one is made once `take` has resolved. */
export async function eachFrame(
  raw: RawQuery,
  { router, instance, context, encode }: AnswerOptions,
  take: (frame: PackedFrame) => Promise<void> | void,
): Promise<void> {
  context.signal.throwIfAborted();
  const route = router(raw.queryType);
  const query = await parseQuery(raw, route);
  const result: QueryOutput = await route.handler(query, instance, context);
  const takeAll = async (part: unknown): Promise<void> => {
    for (const frame of toFrames(part)) {
      const taken = take(await encode(frame, raw.refId));
      if (taken !== undefined) await taken;
    }
  };
  if (!isAsyncIterable(result)) return takeAll(result);
  for await (const part of result) {
    await takeAll(part);
    context.signal.throwIfAborted();
  }
}

function toFrames(result: unknown): readonly Frame[] {
  const frames = Array.isArray(result) ? result : [result];
  if (!frames.every(isFrame))
    throw new PluginError(
      `the query handler gave ${describeValue(result)}; return a frame, an array of frames or an async iterable of them`,
    );
  return frames;
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'fields' in value && Array.isArray(value.fields);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `an array with ${describeValue(value.find((item) => !isFrame(item)))}`;
  return typeof value === 'object' ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no keys'}` : `a ${typeof value}`;
}
