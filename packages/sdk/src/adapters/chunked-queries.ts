import { encodeArrow, frame } from '@backplane/frames';
import type { ServerCall } from '@backplane/protocol/grpc';
import { DataFrameFormat, type Init, type QueryChunkedDataRequest, type QueryChunkedDataResponse } from '@backplane/protocol/pluginv2';
import type { QueryRouter } from '../plugin.ts';
import { type AnswerPart, failQueries, type RawQuery, streamAnswers } from '../query/index.ts';
import { cancelledError } from './call-status.ts';
import type { ActiveCall, PluginRuntime } from './plugin-runtime.ts';
import { concurrencyOf, encoderFor, fromProto, logFailure, outcomeOf } from './queries.ts';

/**
 * Answers QueryChunkedData: each frame leaves as soon as its handler has made it, and is numbered within its query.
 *
 * The same handlers as for QueryData: those that are generators gain by it, since no more than one frame of each waits.
 */
export async function* queryChunkedData(
  runtime: PluginRuntime,
  router: QueryRouter,
  request: QueryChunkedDataRequest,
  call: ServerCall,
): AsyncGenerator<Init<QueryChunkedDataResponse>, void> {
  const active = runtime.begin('queryChunkedData', request.pluginContext, request.headers, call);
  const errors: AnswerPart[] = [];
  let isAnswered = false;
  try {
    for await (const part of partsOf(runtime, router, request, active)) {
      if (part.kind === 'error') {
        errors.push(part);
        if (!call.signal.aborted) logFailure(active.context.log, part.refId, part);
      }
      yield toProto(part, request.format === DataFrameFormat.json ? DataFrameFormat.json : DataFrameFormat.arrow);
    }
    if (call.signal.aborted) throw cancelledError(call);
    isAnswered = true;
  } finally {
    active.end(isAnswered ? outcomeOf(errors) : { kind: 'cancelled' });
  }
}

async function* partsOf(
  { plugin }: PluginRuntime,
  router: QueryRouter,
  request: QueryChunkedDataRequest,
  active: ActiveCall,
): AsyncGenerator<AnswerPart, void> {
  const queries = request.queries.map(fromProto);
  const leased = await active.lease().catch((error: unknown) => ({ error }));
  if ('error' in leased) return yield* failAll(queries, leased.error);
  const { context } = active;
  const options = { router, instance: leased.instance.value, context, concurrency: concurrencyOf(plugin, context) };
  yield* streamAnswers(queries, { ...options, encode: encoderFor(request.format) }, leased.release);
}

function* failAll(queries: readonly RawQuery[], error: unknown): Generator<AnswerPart, void> {
  for (const [refId, answer] of failQueries(queries, error)) if (answer.kind === 'error') yield { refId, ...answer };
}

/** Grafana 12.4 decodes the frame of a chunk before it looks at its error, so an error comes with a frame that is empty. */
let emptyFrame: Uint8Array | undefined;

function toProto(part: AnswerPart, format: number): Init<QueryChunkedDataResponse> {
  const { refId } = part;
  if (part.kind === 'frame') return { refId, frameId: String(part.index), frame: part.frame, status: 200, format };
  const { message, status, source } = part.facts;
  const answer = { refId, error: message, status, errorSource: source, format };
  if (format !== DataFrameFormat.arrow) return answer;
  emptyFrame ??= encodeArrow(frame('', {}));
  return { ...answer, frame: emptyFrame };
}
