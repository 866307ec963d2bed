import type { ServerCall } from '@backplane/protocol/grpc';
import type { PluginContext as ProtoPluginContext } from '@backplane/protocol/pluginv2';
import { runHandler } from '../call-scope.ts';
import { classifyError, stackOf } from '../classify-error.ts';
import type { Endpoint, RequestContext } from '../context.ts';
import { cancelledError, toStatusError } from './call-status.ts';
import type { PluginRuntime } from './plugin-runtime.ts';

/** A call that needs no instance. */
export interface GlobalCall {
  readonly endpoint: Endpoint;
  readonly pluginContext: ProtoPluginContext | undefined;
  readonly call: ServerCall;
}

/** Runs a handler that needs no instance; what it throws is the status of the call. */
export async function runGlobalHandler<T>(
  runtime: PluginRuntime,
  { endpoint, pluginContext, call }: GlobalCall,
  handler: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const active = runtime.begin(endpoint, pluginContext, {}, call);
  try {
    await active.enter();
    const response = await runHandler(active.context, () => handler(active.context)).answer;
    if (call.signal.aborted) throw cancelledError(call);
    active.end({ kind: 'ok' });
    return response;
  } catch (error) {
    if (!call.signal.aborted) {
      const facts = classifyError(error);
      active.end({ kind: 'error', facts });
      active.context.log.error('Handler failed', { endpoint, error: facts.message, statusSource: facts.source, ...stackOf(error) });
    }
    throw toStatusError(error, call);
  } finally {
    active.end({ kind: 'cancelled' });
  }
}

/** Bytes as they are, anything else as JSON. */
export function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError('a handler must answer with bytes, or with what JSON can write');
  return Buffer.from(text);
}
