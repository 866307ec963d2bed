import type { FastifyReply } from 'fastify';

/** Aborts when the client leaves before its answer is complete, or when the call has taken too long. */
export function callSignal(reply: FastifyReply, timeoutMs: number): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new DOMException('the client went away', 'AbortError'));
  });
  return timeoutMs > 0 ? AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]) : gone.signal;
}
