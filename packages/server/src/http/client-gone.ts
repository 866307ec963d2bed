import type { FastifyReply } from 'fastify';

/** Aborts when the client leaves before its answer is complete, or when the call has taken too long. */
export function callSignal(reply: FastifyReply, timeoutMs: number): AbortSignal {
  const call = new AbortController();
  // By hand: to join signals costs more than all the rest of a small call.
  const timer =
    timeoutMs > 0 ? setTimeout(() => call.abort(new DOMException('it took too long', 'TimeoutError')), timeoutMs).unref() : undefined;
  reply.raw.once('close', () => {
    clearTimeout(timer);
    if (!reply.raw.writableFinished) call.abort(new DOMException('the client went away', 'AbortError'));
  });
  return call.signal;
}
