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
  const stack = isExpected ? undefined : read(error, 'stack');
  return typeof stack === 'string' ? { stack } : {};
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
  const [message, name] = [read(value, 'message'), read(value, 'name')];
  if (typeof message === 'string') return message === '' && name !== 'AggregateError' && typeof name === 'string' ? name : message;
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
    const errors = read(link, 'errors');
    const next = Array.isArray(errors) && errors.length > 0 ? errors[0] : read(link, 'cause');
    if (next === undefined || next === null) break;
    link = next;
  }
  return chain;
}

function saidFacts(error: unknown): { status: unknown; source: ErrorSource } | undefined {
  const source = read(error, 'errorSource');
  return source === 'plugin' || source === 'downstream' ? { source, status: read(error, 'status') } : undefined;
}

function knownFacts(error: unknown): Omit<ErrorFacts, 'message'> | undefined {
  const [name, code] = [read(error, 'name'), read(error, 'code')];
  if (name === 'TimeoutError') return timedOut;
  // 499 is what Grafana answers for a request that was cancelled.
  if (name === 'AbortError') return { status: 499, source: 'downstream' };
  return typeof code === 'string' && Object.hasOwn(byCode, code) ? byCode[code] : undefined;
}

/** A member of whatever was thrown. A getter or a proxy that throws itself must not spoil more than its own call. */
function read(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

function validStatus(status: unknown): number | undefined {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
