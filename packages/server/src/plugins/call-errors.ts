import type { HostErrorCode } from '@backplane/host';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';

/** Kinds of call whose errors look different to clients. */
export type CallKind = 'query' | 'resource' | 'health' | 'metrics';

/** What clients see of a plugin call that failed. Errors of the server itself pass as they are. */
export function toCallError(error: unknown, kind: CallKind): unknown {
  if (error instanceof ServerError) return error;
  const code = hostCode(error);
  if (code === undefined && !isAbort(error)) return error;
  return new ServerError(
    isAbort(error) ? 'plugin_request_cancelled' : answer(code, kind),
    { detail: (error as Error).message },
    { cause: error },
  );
}

function answer(code: HostErrorCode | undefined, kind: CallKind): ServerErrorCode {
  switch (code) {
    case 'plugin_not_registered':
      return 'plugin_not_registered';
    case 'plugin_unavailable':
      return 'plugin_unavailable';
    case 'request_cancelled':
      return 'plugin_request_cancelled';
    default:
      return kind === 'health' ? 'plugin_health_check_failed' : (codesOf[kind][code ?? ''] ?? 'plugin_request_failed');
  }
}

/** Limits of the host, which Grafana does not have. */
const limitCodes = { plugin_overloaded: 'plugin_overloaded', call_timeout: 'plugin_timeout' } as const;

// A resource call learns what is wrong only when its stream is read, so Grafana has one code for all of it.
const codesOf: Record<Exclude<CallKind, 'health'>, Readonly<Record<string, ServerErrorCode>>> = {
  query: {
    method_not_implemented: 'plugin_not_implemented',
    connection_lost: 'plugin_connection_lost',
    resource_exhausted: 'plugin_response_too_large',
    ...limitCodes,
  },
  metrics: { method_not_implemented: 'plugin_not_implemented', ...limitCodes },
  resource: limitCodes,
};

/** The text inside a result when one data source of several failed as a whole, in Go's words. */
export function describeCallError(error: unknown): string {
  if (!(error instanceof ServerError)) return error instanceof Error ? error.message : String(error);
  const messageId = error.reply?.messageId ?? error.code;
  if (error.code === 'plugin_not_registered') return `[${messageId}] plugin not registered`;
  if (error.code === 'plugin_unavailable') return `[${messageId}] plugin unavailable`;
  if (error.code === 'plugin_not_implemented') return `[${messageId}] method not implemented`;
  const prefix = error.code === 'plugin_request_failed' ? 'client: failed to query data: Failed to query data: ' : '';
  return `[${messageId}] ${prefix}${remoteText(error)}`;
}

// Only what the plugin said: other facts, such as its last lines of output, stay in the log.
function remoteText(error: ServerError): string {
  const { facts } = (error.cause ?? {}) as { facts?: { detail?: string; grpcCodeName?: string } };
  if (facts?.grpcCodeName === undefined) return error.reply?.text ?? 'failed';
  return `rpc error: code = ${goName(facts.grpcCodeName)} desc = ${facts.detail ?? ''}`;
}

/** `NOT_FOUND` is `NotFound` in Go, `CANCELLED` has one l there. */
function goName(name: string): string {
  if (name === 'CANCELLED') return 'Canceled';
  return name.includes('_') || name === name.toUpperCase()
    ? name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_whole, letter: string) => letter.toUpperCase())
    : name;
}

function hostCode(error: unknown): HostErrorCode | undefined {
  const { name, code } = (error ?? {}) as { name?: string; code?: HostErrorCode };
  return name === 'HostError' ? code : undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
