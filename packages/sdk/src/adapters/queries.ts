import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeArrowParts, encodeFrameJson, type Frame } from '@backplane/frames';
import type { ServerCall } from '@backplane/protocol/grpc';
import {
  DataFrameFormat,
  type DataResponse,
  type Init,
  type DataQuery as ProtoQuery,
  type QueryDataRequest,
  type QueryDataResponse,
} from '@backplane/protocol/pluginv2';
import { stackOf } from '../classify-error.ts';
import type { RequestContext } from '../context.ts';
import type { Logger } from '../log/index.ts';
import type { Plugin, QueryRouter } from '../plugin.ts';
import { type AnswerPart, answerQueries, failQueries, type PackedFrame, type QueryAnswer, type RawQuery } from '../query/index.ts';
import { cancelledError } from './call-status.ts';
import type { ActiveCall, Outcome, PluginRuntime } from './plugin-runtime.ts';

const defaultConcurrency = 10;
/** Blocks of frame JSON, 256 KiB each, that are written without letting other calls go on. */
const blocksPerTurn = 4;

/** Answers QueryData: every query by itself, in the format that was asked for. */
export async function queryData(
  runtime: PluginRuntime,
  router: QueryRouter,
  request: QueryDataRequest,
  call: ServerCall,
): Promise<Init<QueryDataResponse>> {
  const active = runtime.begin('queryData', request.pluginContext, request.headers, call);
  let answers: ReadonlyMap<string, QueryAnswer>;
  try {
    answers = await answerAll(runtime, router, request, active);
  } catch (error) {
    active.end({ kind: 'cancelled' });
    throw error;
  }
  if (call.signal.aborted) {
    active.end({ kind: 'cancelled' });
    throw cancelledError(call);
  }
  for (const [refId, answer] of answers) if (answer.kind === 'error') logFailure(active.context.log, refId, answer);
  active.end(outcomeOf(answers.values()));
  const format = request.format === DataFrameFormat.json ? DataFrameFormat.json : DataFrameFormat.arrow;
  return { responses: Object.fromEntries([...answers].map(([refId, answer]) => [refId, toProto(answer, format)])) };
}

async function answerAll(
  { plugin }: PluginRuntime,
  router: QueryRouter,
  request: QueryDataRequest,
  active: ActiveCall,
): Promise<ReadonlyMap<string, QueryAnswer>> {
  const queries = request.queries.map(fromProto);
  const leased = await active.lease().catch((error: unknown) => ({ error }));
  if ('error' in leased) return failQueries(queries, leased.error);
  const { answers, settled } = await answerQueries(queries, {
    router,
    instance: leased.instance.value,
    context: active.context,
    concurrency: concurrencyOf(plugin, active.context),
    encode: encoderFor(request.format),
  });
  // The answers go out now; a handler that was given up keeps its instance until it ends.
  void settled.then(leased.release);
  return answers;
}

/** Most queries of one request at a time. */
export function concurrencyOf(plugin: Plugin, { config }: RequestContext): number {
  return plugin.concurrency ?? config.getInteger('GF_CONCURRENT_QUERY_COUNT', 1) ?? defaultConcurrency;
}

/** Packs frames in the format that was asked for. */
export function encoderFor(format: number): (frame: Frame, refId: string) => PackedFrame | Promise<PackedFrame> {
  return format === DataFrameFormat.json ? encodeJson : encodeFile;
}

/** One query of a request. */
export function fromProto(query: ProtoQuery): RawQuery {
  return {
    refId: query.refId,
    queryType: query.queryType,
    maxDataPoints: Number(query.maxDataPoints),
    intervalMs: Number(query.intervalMS),
    timeRange: { fromMs: Number(query.timeRange?.fromEpochMS ?? 0n), toMs: Number(query.timeRange?.toEpochMS ?? 0n) },
    json: query.json,
  };
}

/** A host reads a missing status as 500, so success says 200. */
function toProto(answer: QueryAnswer, format: number): Init<DataResponse> {
  if (answer.kind === 'frames') return { frames: answer.frames, status: 200, format };
  const { message, status, source } = answer.facts;
  return { error: message, status, errorSource: source, format };
}

/** As in Grafana's SDK: the request counts as downstream's fault only when no query failed by the plugin. */
export function outcomeOf(answers: Iterable<QueryAnswer | AnswerPart>): Outcome {
  const errors = [...answers].filter((answer) => answer.kind === 'error');
  const worst = errors.find(({ facts }) => facts.source === 'plugin') ?? errors[0];
  return worst === undefined ? { kind: 'ok' } : { kind: 'error', facts: worst.facts };
}

/** Tells the plugin's log of a query that failed. */
export function logFailure(log: Logger, refId: string, { facts, error }: Extract<QueryAnswer, { kind: 'error' }>): void {
  const fields = { refId, error: facts.message, status: facts.status, statusSource: facts.source };
  log.error('Partial data response error', { ...fields, ...stackOf(error) });
}

/** In parts: big columns go from the frame to the socket without a copy. */
function encodeFile(frame: Frame, refId: string): PackedFrame {
  return encodeArrowParts(withRefId(frame, refId));
}

/** A frame of a few blocks is packed at once; a bigger one lets other calls go on in between. */
function encodeJson(frame: Frame, refId: string): Uint8Array | Promise<Uint8Array> {
  const encoder = encodeFrameJson(withRefId(frame, refId));
  const blocks: Uint8Array[] = [];
  return takeBlocks(encoder, blocks) ? Buffer.concat(blocks) : encodeRest(encoder, blocks);
}

async function encodeRest(encoder: Iterator<Uint8Array>, blocks: Uint8Array[]): Promise<Uint8Array> {
  do await nextTurn();
  while (!takeBlocks(encoder, blocks));
  return Buffer.concat(blocks);
}

/** Takes some blocks, each copied because the encoder reuses its memory; true when it was the last. */
function takeBlocks(encoder: Iterator<Uint8Array>, blocks: Uint8Array[]): boolean {
  for (let taken = 0; taken < blocksPerTurn; taken++) {
    const { done, value } = encoder.next();
    if (done === true) return true;
    blocks.push(value.slice());
  }
  return false;
}

function withRefId(frame: Frame, refId: string): Frame {
  return frame.refId === '' ? frame.with({ refId }) : frame;
}
