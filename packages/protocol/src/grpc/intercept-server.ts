import { intercept, interceptOne } from './interceptors.ts';
import { disposeReply } from './outgoing.ts';
import type { DuplexHandler, Interceptor, Replies, Reply, ServerCall, ServerStreamHandler, UnaryHandler } from './types.ts';

type Interceptors = readonly Interceptor<ServerCall>[];

/** The handler with interceptors around it. Without any it is the handler itself. */
export function interceptUnaryHandler<Request, Response>(
  interceptors: Interceptors,
  handler: UnaryHandler<Request, Response>,
): UnaryHandler<Request, Response> {
  if (interceptors.length === 0) return handler;
  return async (request, call) => {
    let reply: Reply<Response> | undefined;
    try {
      return await interceptOne(interceptors, call, async () => (reply = await handler(request, call)));
    } catch (error) {
      disposeReply(reply); // an interceptor threw after the handler had answered
      throw error;
    }
  };
}

export function interceptStreamHandler<Request, Response>(
  interceptors: Interceptors,
  handler: ServerStreamHandler<Request, Response>,
): ServerStreamHandler<Request, Response> {
  if (interceptors.length === 0) return handler;
  return (request, call) => interceptMessages(interceptors, call, () => handler(request, call));
}

export function interceptDuplexHandler<Request, Response>(
  interceptors: Interceptors,
  handler: DuplexHandler<Request, Response>,
): DuplexHandler<Request, Response> {
  if (interceptors.length === 0) return handler;
  return (requests, call) => interceptMessages(interceptors, call, () => handler(requests, call));
}

async function* interceptMessages<Response>(
  interceptors: Interceptors,
  call: ServerCall,
  open: () => Replies<Response>,
): AsyncGenerator<Reply<Response>> {
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const over = intercept(interceptors, call, () => {
    started.resolve();
    return ended.promise;
  });
  over.catch(started.reject);
  await started.promise;
  try {
    yield* open();
  } catch (error) {
    ended.reject(error);
  } finally {
    // A call that is over before its time: the generator is just left.
    if (call.signal.aborted) ended.reject(call.signal.reason);
    ended.resolve();
  }
  await over;
}
