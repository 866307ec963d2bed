import { createMessageLease } from '@backplane/host';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { CacheStatus } from '../cache/index.ts';
import { isServerError } from '../errors/index.ts';
import { parseQueryRequest } from '../query/index.ts';
import { identityOf } from './access.ts';
import { bodyJson } from './body.ts';
import { callSignal } from './client-gone.ts';
import { queryFormat, sendAnswers, sendArrow, sendParts } from './query-answers.ts';
import type { Services } from './services.ts';

/** What is usual; `parseQueryRequest` takes more. */
const body = z.looseObject({
  from: z.string().optional(),
  to: z.string().optional(),
  queries: z.array(
    z.looseObject({
      refId: z.string().optional(),
      datasource: z.looseObject({ uid: z.string(), type: z.string().optional() }),
      queryType: z.string().optional(),
      intervalMs: z.int().optional(),
      maxDataPoints: z.int().optional(),
      timeRange: z.looseObject({ from: z.string(), to: z.string() }).optional(),
    }),
  ),
});
const bodyExample = {
  from: 'now-1h',
  to: 'now',
  queries: [{ refId: 'A', datasource: { uid: 'uid-of-a-data-source' }, intervalMs: 1000, maxDataPoints: 100 }],
};

/** `POST /api/ds/query`. Beside Grafana's JSON it answers in Arrow streams and in lines of JSON, to clients that ask for them. */
export function addQuery(app: FastifyInstance, { queries, config, now }: Services): void {
  app.post('/api/ds/query', { config: { access: 'datasources:query', body, bodyExample } }, async (request, reply) => {
    const hasOwnRanges = request.headers['x-query-v2'] === 'true';
    const parsed = parseQueryRequest(bodyJson(request), { nowMs: now(), hasOwnRanges });
    const call = {
      identity: identityOf(request),
      headers: request.headers,
      signal: callSignal(reply, config.backplane.callTimeoutMs),
    };
    try {
      const format = queryFormat(request.headers.accept);
      if (format === 'lines') return await sendParts(reply, await queries.stream(parsed, call));
      const lease = createMessageLease();
      const { answers, cache } = await queries.run(parsed, { ...call, lease });
      markAsAsked(reply, cache);
      return format === 'arrow' ? sendArrow(reply, answers) : sendAnswers(reply, answers, lease);
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
