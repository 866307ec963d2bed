import { GrpcCode, GrpcStatusError, type ServerCall } from '@backplane/protocol/grpc';
import { encodeErrorDetails } from '@backplane/protocol/pluginv2';
import { classifyError } from '../classify-error.ts';

/** The status that a call ends with when a handler's error has no place in the answer. As the Go SDK: `unknown` with the text. */
export function toStatusError(error: unknown, call: ServerCall): GrpcStatusError {
  if (error instanceof GrpcStatusError) return error;
  if (call.signal.aborted) return cancelledError(call);
  const { message, source } = classifyError(error);
  const code = codeFor(error);
  return new GrpcStatusError(code, message, { cause: error, details: encodeErrorDetails({ code, message, errorSource: source }) });
}

/** What a call ends with after its caller went away: `deadlineExceeded` when it ran out of time. */
export function cancelledError(call: ServerCall): GrpcStatusError {
  const late = call.deadlineAtMs !== undefined && Date.now() >= call.deadlineAtMs;
  return late
    ? new GrpcStatusError(GrpcCode.deadlineExceeded, 'context deadline exceeded')
    : new GrpcStatusError(GrpcCode.cancelled, 'context canceled');
}

function codeFor(error: unknown): GrpcCode {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError') return GrpcCode.cancelled;
  return name === 'TimeoutError' ? GrpcCode.deadlineExceeded : GrpcCode.unknown;
}
