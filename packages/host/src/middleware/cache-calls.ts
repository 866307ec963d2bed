import { collectChunks, type DataChunk, type QueryDataResponse, type ResourceResponse, type ResultOf } from '../client/index.ts';
import type { Middleware, PluginCall } from './types.ts';

/** A resource answer in one piece. */
export type KeptResource = Omit<ResourceResponse, 'body'> & { readonly body: Uint8Array };

/**
 * Where answers are kept. It decides by the call which may be kept, for how long and under which key: user, organisation
 * and credentials belong into it. What it throws fails the call.
 */
export interface AnswerCache {
  getQuery(call: PluginCall<'queryData'>): Promise<QueryDataResponse | undefined>;
  /** Called with answers of which no refId failed. What it keeps is copied when it resolves: their memory may be lent. */
  putQuery(call: PluginCall<'queryData'>, response: QueryDataResponse): Promise<void>;
  getResource(call: PluginCall<'callResource'>): Promise<KeptResource | undefined>;
  /** Called with whole answers of a status below 400. */
  putResource(call: PluginCall<'callResource'>, response: KeptResource): Promise<void>;
  /** An answer that comes in chunks and has more rows is not offered. */
  readonly maxRows: number;
  /** A resource answer with a larger body is not offered. */
  readonly maxBodyBytes: number;
}

/**
 * Answers queries and resource calls from a cache, and fills it. Calls that no request is behind pass by.
 * Source: Grafana `pkg/services/pluginsintegration/clientmiddleware/caching_middleware.go`.
 */
export function cacheCalls(cache: AnswerCache): Middleware {
  return async (call, next) => {
    type Result = ResultOf<typeof call.endpoint>;
    if (call.origin === undefined) return await next(call);
    if (call.endpoint === 'callResource') {
      const resource = call as unknown as PluginCall<'callResource'>;
      const found = await cache.getResource(resource);
      if (found !== undefined) return { ...found, body: inOnePart(found.body) } as Result;
      const response = (await next(call)) as ResourceResponse;
      return (response.status < 400 ? { ...response, body: keepBody(response, resource, cache) } : response) as Result;
    }
    if (call.endpoint !== 'queryData' && call.endpoint !== 'queryChunkedData') return await next(call);
    const query = { ...call, endpoint: 'queryData' } as unknown as PluginCall<'queryData'>;
    const found = await cache.getQuery(query);
    if (call.endpoint === 'queryChunkedData') {
      return (found === undefined ? keepChunks((await next(call)) as AsyncIterable<DataChunk>, query, cache) : inChunks(found)) as Result;
    }
    if (found !== undefined) return found as Result;
    const response = (await next(call)) as QueryDataResponse;
    await offer(response, query, cache);
    return response as Result;
  };
}

async function offer(response: QueryDataResponse, query: PluginCall<'queryData'>, cache: AnswerCache): Promise<void> {
  const isWhole = [...response.responses.values()].every(({ error }) => error === undefined);
  if (isWhole) await cache.putQuery(query, response);
}

async function* keepChunks(
  chunks: AsyncIterable<DataChunk>,
  query: PluginCall<'queryData'>,
  cache: AnswerCache,
): AsyncGenerator<DataChunk> {
  let kept: DataChunk[] | undefined = [];
  let rows = 0;
  for await (const chunk of chunks) {
    rows += chunk.frame?.length ?? 0;
    if (rows > cache.maxRows) kept = undefined;
    kept?.push(chunk);
    yield chunk;
  }
  if (kept !== undefined) await offer(await collectChunks(inOrder(kept)), query, cache);
}

async function* keepBody(
  { body, ...response }: ResourceResponse,
  resource: PluginCall<'callResource'>,
  cache: AnswerCache,
): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array[] | undefined = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > cache.maxBodyBytes) kept = undefined;
    kept?.push(part);
    yield part;
  }
  if (kept !== undefined) await cache.putResource(resource, { ...response, body: Buffer.concat(kept) });
}

/** Each frame of an answer as one chunk, as for a plugin without chunks. */
async function* inChunks({ responses }: QueryDataResponse): AsyncGenerator<DataChunk> {
  for (const [refId, { frames, status }] of responses)
    for (const [index, frame] of frames.entries()) yield { refId, frameId: String(index), frame, status };
}

async function* inOnePart(body: Uint8Array): AsyncGenerator<Uint8Array> {
  if (body.length > 0) yield body;
}

async function* inOrder<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
