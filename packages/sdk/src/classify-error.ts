import type { ErrorSource } from './errors.ts';

/** What an error becomes in an answer. */
export interface ErrorFacts {
  /** 400 to 599. */
  readonly status: number;
  readonly source: ErrorSource;
  /** One text without a stack; the causes that add something are appended. */
  readonly message: string;
}

const refused = { status: 502, source: 'downstream' } as const;
const timedOut = { status: 504, source: 'downstream' } as const;
const forbidden = { status: 401, source: 'plugin' } as const;

/** Codes of Node, OpenSSL and undici. A refused or broken connection is the service's fault, and so is silence. */
const byCode: Readonly<Record<string, Omit<ErrorFacts, 'message'>>> = {
  ECONNREFUSED: refused,
  ECONNRESET: refused,
  ECONNABORTED: refused,
  EPIPE: refused,
  EHOSTDOWN: refused,
  EHOSTUNREACH: refused,
  ENETDOWN: refused,
  ENETUNREACH: refused,
  ENOTFOUND: refused,
  EAI_AGAIN: refused,
  EAI_NONAME: refused,
  UND_ERR_SOCKET: refused,
  UND_ERR_CLOSED: refused,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: refused,
  HPE_INVALID_CONSTANT: refused,
  CERT_HAS_EXPIRED: refused,
  CERT_NOT_YET_VALID: refused,
  CERT_REVOKED: refused,
  CERT_UNTRUSTED: refused,
  DEPTH_ZERO_SELF_SIGNED_CERT: refused,
  SELF_SIGNED_CERT_IN_CHAIN: refused,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: refused,
  UNABLE_TO_GET_ISSUER_CERT: refused,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: refused,
  ERR_TLS_CERT_ALTNAME_INVALID: refused,
  ETIMEDOUT: timedOut,
  ESOCKETTIMEDOUT: timedOut,
  UND_ERR_CONNECT_TIMEOUT: timedOut,
  UND_ERR_HEADERS_TIMEOUT: timedOut,
  UND_ERR_BODY_TIMEOUT: timedOut,
  EACCES: forbidden,
  EPERM: forbidden,
};

const maxCauses = 8;

/**
 * Status, source and text of whatever a handler threw.
 *
 * What the error says of itself wins (`DownstreamError`, `PluginError`, or any error with `errorSource` and `status`);
 * then network, TLS and timeout errors found along its causes; anything else is the plugin's own fault, 500.
 */
export function classifyError(error: unknown): ErrorFacts {
  const chain = causesOf(error);
  const message = describeChain(chain);
  const known = chain.map(knownFacts).find((facts) => facts !== undefined);
  const said = chain.map(saidFacts).find((facts) => facts !== undefined);
  if (said === undefined) return { status: 500, source: 'plugin', ...known, message };
  const fallback = said.source === 'downstream' ? (known?.status ?? 502) : 500;
  return { status: validStatus(said.status) ?? fallback, source: said.source, message };
}

/** One text for an error: its message, and those of its causes that it does not already contain. */
export function describeError(error: unknown): string {
  return describeChain(causesOf(error));
}

/** The stack of an error that is a bug of the plugin, as a field of a log line; nothing for errors that the author or the network made. */
export function stackOf(error: unknown): { readonly stack?: string | undefined } {
  const chain = causesOf(error);
  const isExpected = chain.some((link) => saidFacts(link) !== undefined || knownFacts(link) !== undefined);
  return isExpected || !(error instanceof Error) ? {} : { stack: error.stack };
}

function describeChain(chain: readonly unknown[]): string {
  let text = '';
  for (const link of chain) {
    const own = textOf(link);
    if (own !== '' && !text.includes(own)) text = text === '' ? own : `${text}: ${own}`;
  }
  return text === '' ? 'unknown error' : text;
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message === '' && value.name !== 'AggregateError' ? value.name : value.message;
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') return value.message;
  try {
    return String(value);
  } catch {
    return 'a value that cannot be shown was thrown';
  }
}

/** The error, its causes, and the first of the errors that an AggregateError (a failed connect to several addresses) holds. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  let link: unknown = error;
  while (chain.length < maxCauses && !chain.includes(link)) {
    chain.push(link);
    if (typeof link !== 'object' || link === null) break;
    if ('errors' in link && Array.isArray(link.errors) && link.errors.length > 0) link = link.errors[0];
    else if ('cause' in link && link.cause !== undefined && link.cause !== null) link = link.cause;
    else break;
  }
  return chain;
}

function saidFacts(error: unknown): { status: unknown; source: ErrorSource } | undefined {
  if (typeof error !== 'object' || error === null || !('errorSource' in error)) return undefined;
  if (error.errorSource !== 'plugin' && error.errorSource !== 'downstream') return undefined;
  return { source: error.errorSource, status: 'status' in error ? error.status : undefined };
}

function knownFacts(error: unknown): Omit<ErrorFacts, 'message'> | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('name' in error && error.name === 'TimeoutError') return timedOut;
  // 499 is what Grafana answers for a request that was cancelled.
  if ('name' in error && error.name === 'AbortError') return { status: 499, source: 'downstream' };
  return 'code' in error && typeof error.code === 'string' ? byCode[error.code] : undefined;
}

function validStatus(status: unknown): number | undefined {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
