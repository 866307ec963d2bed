import { GrpcCode, GrpcStatusError, grpcCodeName } from '@backplane/protocol/grpc';
import { decodeErrorSource } from '@backplane/protocol/pluginv2';
import { type CallFacts, describeError, HostError } from '../errors/index.ts';
import type { Endpoint } from './endpoints.ts';

/** The call that failed. */
export interface FailedCall {
  readonly pluginId: string;
  readonly endpoint: Endpoint;
  readonly signal?: AbortSignal | undefined;
}

/** What went wrong with a call, as a HostError of the codes that PluginClient names. */
export function toHostError(error: unknown, { pluginId, endpoint, signal }: FailedCall): HostError {
  if (error instanceof HostError) return error;
  const options = { cause: error };
  const facts: CallFacts = { pluginId, endpoint, detail: describeError(error) };
  if (signal?.aborted) return new HostError('request_cancelled', { ...facts, detail: describeError(signal.reason) }, options);
  if (!(error instanceof GrpcStatusError))
    return new HostError(isHealth(endpoint) ? 'health_check_failed' : 'request_failed', facts, options);
  const wireFacts: CallFacts = {
    ...facts,
    grpcCode: error.code,
    grpcCodeName: grpcCodeName(error.code),
    errorSource: error.details && decodeErrorSource(error.details),
  };
  return new HostError(codeFor(error.code, endpoint), wireFacts, options);
}

/** True when this side found the connection dead, as opposed to a plugin that answers UNAVAILABLE. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof GrpcStatusError && error.code === GrpcCode.unavailable && error.origin === 'local';
}

function codeFor(code: GrpcCode, endpoint: Endpoint) {
  switch (code) {
    case GrpcCode.unimplemented:
      return 'method_not_implemented';
    case GrpcCode.cancelled:
      return 'request_cancelled';
    case GrpcCode.unavailable:
      return isHealth(endpoint) ? 'health_check_failed' : 'connection_lost';
    case GrpcCode.resourceExhausted:
      return isHealth(endpoint) ? 'health_check_failed' : 'resource_exhausted';
    default:
      return isHealth(endpoint) ? 'health_check_failed' : 'request_failed';
  }
}

/** Grafana has one code for all that goes wrong with a health check. */
function isHealth(endpoint: Endpoint): boolean {
  return endpoint === 'checkHealth';
}
