import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { encodeQueryResponse } from '@backplane/frames';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CacheStatus } from '../cache/index.ts';
import { isServerError } from '../errors/index.ts';
import { parseQueryRequest, type QueryAnswer } from '../query/index.ts';
import { identityOf } from './access.ts';
import { bodyJson } from './body.ts';
import { callSignal } from './client-gone.ts';
import type { Services } from './services.ts';

/** `POST /api/ds/query`. */
export function addQuery(app: FastifyInstance, { queries, config, now }: Services): void {
  app.post('/api/ds/query', { config: { access: 'datasources:query' } }, async (request, reply) => {
    const hasOwnRanges = request.headers['x-query-v2'] === 'true';
    const parsed = parseQueryRequest(bodyJson(request), { nowMs: now(), hasOwnRanges });
    const signal = callSignal(reply, config.backplane.callTimeoutMs);
    try {
      const { answers, cache } = await queries.run(parsed, { identity: identityOf(request), headers: request.headers, signal });
      markAsAsked(reply, cache);
      return sendAnswers(reply, answers);
    } catch (error) {
      if (isServerError(error) && error.code.startsWith('plugin_') && error.code !== 'plugin_not_registered') markAsAsked(reply);
      throw error;
    }
  });
}

/** Grafana has this header on everything that went to a plugin; it is empty where nothing is kept. */
export function markAsAsked(reply: FastifyReply, cache: readonly CacheStatus[] = ['']): void {
  const told = cache.filter((status) => status !== '');
  reply.header('x-cache', told.length > 1 ? told : (told[0] ?? ''));
}

/** Small answers go out at once, bigger ones block by block: as fast as the client reads, other work going on between. */
function sendAnswers(reply: FastifyReply, answers: ReadonlyMap<string, QueryAnswer>): FastifyReply {
  const hasError = [...answers.values()].some((answer) => answer.error !== undefined);
  reply.code(hasError ? 400 : 200).header('content-type', 'application/json');
  const blocks = encodeQueryResponse(answers);
  const first = nextBlock(blocks);
  const second = nextBlock(blocks);
  if (first === undefined || second === undefined) return reply.send(first ?? Buffer.alloc(0));
  return reply.send(Readable.from(restOfBlocks(first, second, blocks), { objectMode: false, highWaterMark: 64 * 1024 }));
}

async function* restOfBlocks(first: Buffer, second: Buffer, blocks: Generator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    yield first;
    for (let block: Buffer | undefined = second; block !== undefined; block = nextBlock(blocks)) {
      yield block;
      await setImmediate();
    }
  } finally {
    blocks.return(undefined);
  }
}

/** A copy, because the encoder writes all blocks into the same memory. */
function nextBlock(blocks: Generator<Uint8Array>): Buffer | undefined {
  const { done, value } = blocks.next();
  return done === true ? undefined : Buffer.from(value);
}
