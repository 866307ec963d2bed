import type { ServerCall } from '@backplane/protocol/grpc';
import {
  type CheckHealthRequest,
  type CheckHealthResponse,
  type CollectMetricsRequest,
  type CollectMetricsResponse,
  HealthStatus,
  type Init,
} from '@backplane/protocol/pluginv2';
import { runHandler } from '../call-scope.ts';
import { classifyError, stackOf } from '../classify-error.ts';
import type { HealthHandler, HealthResult } from '../health.ts';
import { cancelledError } from './call-status.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { runGlobalHandler } from './run-global-handler.ts';

/** Answers CheckHealth. Whatever goes wrong, the opening of the instance included, is status ERROR with its text. */
export async function checkHealth(
  runtime: PluginRuntime,
  handler: HealthHandler<unknown>,
  request: CheckHealthRequest,
  call: ServerCall,
): Promise<Init<CheckHealthResponse>> {
  const active = runtime.begin('checkHealth', request.pluginContext, request.headers, call);
  try {
    const lease = await active.lease();
    const running = runHandler(active.context, async () => handler(lease.instance.value, active.context));
    void running.settled.then(lease.release);
    const result = toProto(await running.answer);
    active.end({ kind: 'ok' });
    return result;
  } catch (error) {
    if (call.signal.aborted) throw cancelledError(call);
    const facts = classifyError(error);
    active.end({ kind: 'error', facts });
    active.context.log.warn('Health check failed', { error: facts.message, statusSource: facts.source, ...stackOf(error) });
    return { status: HealthStatus.error, message: facts.message };
  } finally {
    active.end({ kind: 'cancelled' });
  }
}

function toProto(result: string | HealthResult): Init<CheckHealthResponse> {
  if (result === 'ok') return { status: HealthStatus.ok, message: 'OK' };
  const status = typeof result === 'object' ? HealthStatus[result?.status] : undefined;
  if (typeof result !== 'object' || status === undefined)
    throw new TypeError("checkHealth must return 'ok' or { status: 'ok' | 'error' | 'unknown', message, details }");
  const message = result.message ?? (result.status === 'ok' ? 'OK' : '');
  return result.details === undefined ? { status, message } : { status, message, jsonDetails: Buffer.from(JSON.stringify(result.details)) };
}

/** Answers CollectMetrics with everything in the registry. */
export function collectMetrics(
  runtime: PluginRuntime,
  request: CollectMetricsRequest,
  call: ServerCall,
): Promise<Init<CollectMetricsResponse>> {
  const { pluginContext } = request;
  return runGlobalHandler(runtime, { endpoint: 'collectMetrics', pluginContext, call }, async () => ({
    metrics: { prometheus: Buffer.from(await runtime.metrics.expose()) },
  }));
}
