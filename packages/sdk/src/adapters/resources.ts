import type { ServerCall } from '@backplane/protocol/grpc';
import type { CallResourceRequest, CallResourceResponse, Init } from '@backplane/protocol/pluginv2';
import { runHandler, runInScope } from '../call-scope.ts';
import { classifyError, stackOf } from '../classify-error.ts';
import type { RequestContext } from '../context.ts';
import { cancelledError, toStatusError } from './call-status.ts';
import { Interruption } from './interruption.ts';
import type { ActiveCall, PluginRuntime } from './plugin-runtime.ts';
import { toFetchRequest } from './resource-request.ts';

type Part = Init<CallResourceResponse>;

/** Answers CallResource: status, headers and the first part of the body in one message, each further part in one of its own. */
export async function* callResource(runtime: PluginRuntime, request: CallResourceRequest, call: ServerCall): AsyncGenerator<Part> {
  const active = runtime.begin('callResource', request.pluginContext, request.headers, call);
  const atEnd: (() => void)[] = [];
  const interruption = new Interruption();
  try {
    let answer: Answer;
    try {
      answer = await respond(runtime, request, active, { atEnd, interruption });
    } catch (error) {
      if (call.signal.aborted) throw error;
      answer = { response: errorResponse(error, active), inScope: (run) => run() };
    }
    yield* sendResponse(answer, call.signal, interruption);
    active.end({ kind: 'ok' });
  } catch (error) {
    active.end(call.signal.aborted ? { kind: 'cancelled' } : { kind: 'error', facts: classifyError(error) });
    if (!call.signal.aborted) logFailure(active.context, error);
    throw call.signal.aborted ? cancelledError(call) : toStatusError(error, call);
  } finally {
    // Reached by a host that left in the middle, too.
    active.end({ kind: 'cancelled' });
    for (const run of atEnd) run();
  }
}

/** What goes on while a response is sent. */
interface Sending {
  /** Run when it was sent, or its caller left. */
  readonly atEnd: (() => void)[];
  /** Raised by what the handler left behind: a body whose producer broke would otherwise never end. */
  readonly interruption: Interruption;
}

/** What a handler answered. Its body is read in the handler's scope: what makes the body is the handler's code too. */
interface Answer {
  readonly response: Response;
  readonly inScope: <T>(run: () => T) => T;
}

/** Runs the handler. The instance is released when both the handler and the sending of its answer have ended. */
async function respond(
  { plugin }: PluginRuntime,
  request: CallResourceRequest,
  active: ActiveCall,
  { atEnd, interruption }: Sending,
): Promise<Answer> {
  const { context } = active;
  let fetchRequest: Request;
  try {
    fetchRequest = toFetchRequest(request, context.headers, context.signal);
  } catch (error) {
    const message = `this request cannot be handed to the plugin: ${(error as Error).message}`;
    return { response: Response.json({ message }, { status: 400 }), inScope: (run) => run() };
  }
  const { instance, release } = await active.lease();
  let isSent = false;
  const failLate = (error: unknown): boolean => {
    interruption.raise(error);
    return !isSent;
  };
  const { answer, settled } = runHandler(context, async () => instance.resourceHandler(plugin)?.(fetchRequest, context), failLate);
  atEnd.push(() => {
    isSent = true;
    void settled.then(release);
  });
  const response = await answer;
  // Routers bring Response classes of their own, so the shape decides.
  if (typeof response !== 'object' || response === null || typeof response.status !== 'number' || !('headers' in response))
    throw new TypeError('the resource handler returned no Response');
  return { response, inScope: (run) => runInScope({ context, fail: failLate }, run) };
}

function logFailure({ log }: RequestContext, error: unknown): void {
  const facts = classifyError(error);
  log.error('Resource handler failed', { error: facts.message, statusSource: facts.source, ...stackOf(error) });
}

/** An error that says whose fault it is speaks to the user; any other text stays in the log. */
function errorResponse(error: unknown, { context, end }: ActiveCall): Response {
  const facts = classifyError(error);
  const isSaid = typeof error === 'object' && error !== null && 'errorSource' in error;
  logFailure(context, error);
  end({ kind: 'error', facts });
  const message = isSaid ? facts.message : 'the plugin failed to answer this request; its log says why';
  return Response.json({ message }, { status: isSaid ? facts.status : 500 });
}

async function* sendResponse({ response, inScope }: Answer, signal: AbortSignal, interruption: Interruption): AsyncGenerator<Part> {
  const head = { code: validStatus(response.status), headers: toProtoHeaders(response.headers) };
  if (response.body === null) {
    yield head;
    return;
  }
  const reader = response.body.getReader();
  // Ends a pending read, which the body's own producer may never do.
  const cancel = () => void inScope(() => reader.cancel(signal.reason)).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  let sentHead = false;
  try {
    const next = () => inScope(() => interruption.wait(() => reader.read()));
    for (let part = await next(); !part.done; part = await next()) {
      const body = toBytes(part.value);
      yield sentHead ? { body } : { ...head, body };
      sentHead = true;
    }
    signal.throwIfAborted();
    if (!sentHead) yield head;
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

/** A part of a body: a stream may hold anything, whatever its type says. */
function toBytes(part: unknown): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'string') return Buffer.from(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  throw new TypeError(`the body of the response has a part that is neither bytes nor text (${typeof part})`);
}

/** A host's HTTP server breaks on numbers outside of 100 to 999; `Response.error()` has 0. */
function validStatus(status: number): number {
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 500;
}

function toProtoHeaders(headers: Headers): Record<string, { values: string[] }> {
  const result: Record<string, { values: string[] }> = Object.create(null);
  // Several Set-Cookie come one by one, other repeated headers joined.
  for (const [name, value] of headers) {
    const text = decodeHeader(value);
    const there = result[name];
    if (there === undefined) result[name] = { values: [text] };
    else there.values.push(text);
  }
  return result;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** `Headers` hold one character for each byte: those that are UTF-8 become text again, others stay as they are. */
function decodeHeader(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
