import type { ServerCall } from '@backplane/protocol/grpc';
import {
  type Init,
  type PublishStreamResponse,
  type RunStreamRequest,
  type StreamPacket,
  StreamStatus,
  type SubscribeStreamRequest,
  type SubscribeStreamResponse,
} from '@backplane/protocol/pluginv2';
import { type CallScope, runHandler, runInScope } from '../call-scope.ts';
import { classifyError, stackOf } from '../classify-error.ts';
import type { RequestContext } from '../context.ts';
import { PluginError } from '../errors.ts';
import type { Lease } from '../instances/index.ts';
import { createPacker, encodeItem, type StreamAnswer, type StreamItem, type StreamRouter } from '../streams/index.ts';
import { cancelledError, toStatusError } from './call-status.ts';
import { Interruption } from './interruption.ts';
import type { OpenInstance, PluginRuntime } from './plugin-runtime.ts';

const statuses = { ok: StreamStatus.ok, not_found: StreamStatus.notFound, permission_denied: StreamStatus.permissionDenied } as const;

/** Answers SubscribeStream and PublishStream. Without a handler, whoever may read the data source may subscribe, and nobody may publish. */
export async function joinStream(
  runtime: PluginRuntime,
  router: StreamRouter,
  kind: 'subscribe' | 'publish',
  request: SubscribeStreamRequest,
  call: ServerCall,
): Promise<Init<SubscribeStreamResponse | PublishStreamResponse>> {
  const active = runtime.begin(`${kind}Stream`, request.pluginContext, request.headers, call);
  try {
    await active.enter();
    const route = router(request.path);
    const handler = route?.handlers[kind];
    let answer: StreamAnswer | string = route === undefined ? 'not_found' : kind === 'subscribe' ? 'ok' : 'permission_denied';
    if (route !== undefined && handler !== undefined) {
      const { instance, release } = await active.lease();
      const running = runHandler(active.context, async () =>
        handler(route.params as never, instance.value, active.context, parseData(request.data)),
      );
      void running.settled.then(release);
      answer = await running.answer;
    }
    const response = toProto(answer);
    active.end({ kind: 'ok' });
    return response;
  } catch (error) {
    active.end(call.signal.aborted ? { kind: 'cancelled' } : { kind: 'error', facts: classifyError(error) });
    if (!call.signal.aborted) logFailure(active.context, request.path, error);
    throw toStatusError(error, call);
  }
}

/** Answers RunStream: one packet for each item. It ends with its caller, with the plugin, or when the handler ends. */
export async function* runStream(
  runtime: PluginRuntime,
  router: StreamRouter,
  request: RunStreamRequest,
  call: ServerCall,
): AsyncGenerator<Init<StreamPacket>> {
  const active = runtime.begin('runStream', request.pluginContext, request.headers, call);
  const { context } = active;
  let lease: Lease<OpenInstance> | undefined;
  let items: AsyncIterator<StreamItem> | undefined;
  let ended = false;
  const interruption = new Interruption();
  const onAbort = () => interruption.raise(cancelledError(call));
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const route = router(request.path);
    if (route === undefined) throw new PluginError(`no stream for path "${request.path}"`, { status: 404 });
    lease = await active.lease();
    const fail = (error: unknown): boolean => {
      interruption.raise(error);
      return !ended;
    };
    const { value } = lease.instance;
    const iterator = runInScope({ context, fail }, () => route.handlers.run(route.params as never, value, context)[Symbol.asyncIterator]());
    items = iterator;
    const next = (): Promise<IteratorResult<StreamItem, unknown>> =>
      runInScope({ context, fail }, () => interruption.wait(() => iterator.next()));
    const pack = createPacker();
    for (let item = await next(); item.done !== true; item = await next()) yield { data: pack(item.value) };
    active.end({ kind: 'ok' });
  } catch (error) {
    active.end(context.signal.aborted ? { kind: 'cancelled' } : { kind: 'error', facts: classifyError(error) });
    if (!context.signal.aborted) logFailure(context, request.path, error);
    throw toStatusError(error, call);
  } finally {
    ended = true;
    context.signal.removeEventListener('abort', onAbort);
    active.end({ kind: 'cancelled' });
    // A handler that does not heed the signal keeps its instance until it ends.
    void leave(items, { context, fail: () => false }, request.path).then(() => lease?.release());
  }
}

/** Lets the handler clean up, in its scope. Never rejects. */
async function leave(items: AsyncIterator<StreamItem> | undefined, scope: CallScope, path: string): Promise<void> {
  try {
    await runInScope(scope, () => items?.return?.());
  } catch (error) {
    const { context } = scope;
    // Of the signal everybody knows.
    if (context !== undefined && (error as Error | undefined)?.name !== 'AbortError') logFailure(context, path, error);
  }
}

function logFailure({ log, endpoint }: RequestContext, path: string, error: unknown): void {
  const { message, source } = classifyError(error);
  log.error('Stream handler failed', { endpoint, path, error: message, statusSource: source, ...stackOf(error) });
}

function parseData(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PluginError('the data sent along is not JSON', { status: 400, cause: error });
  }
}

function toProto(answer: StreamAnswer | string | undefined): Init<SubscribeStreamResponse> {
  const { status = '', data } = typeof answer === 'string' ? { status: answer, data: undefined } : (answer ?? {});
  if (!isStatus(status)) throw new TypeError("a stream handler must answer 'ok', 'not_found', 'permission_denied' or { status, data }");
  return { status: statuses[status], ...(data === undefined ? {} : { data: encodeItem(data) }) };
}

function isStatus(status: string): status is keyof typeof statuses {
  return Object.hasOwn(statuses, status);
}
