import { isUtf8 } from 'node:buffer';
import type { Identity, IdTokens } from '../auth/index.ts';
import type { DataSource } from '../datasources/index.ts';
import { isJsonObject, parseJson } from '../json/index.ts';

/** Headers of a request, names in small letters, values as Node reads them (one character per byte). */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface CallHeadersOptions {
  readonly identity: Identity;
  readonly idTokens: IdTokens;
  /** `[dataproxy] send_user_header` */
  readonly sendUserHeader: boolean;
  readonly dataSource?: DataSource | undefined;
}

const tracingHeaders = [
  'X-Query-Group-Id',
  'X-Panel-Id',
  'X-Dashboard-Uid',
  'X-Datasource-Uid',
  'X-Grafana-From-Expr',
  'X-Grafana-Org-Id',
  'X-Panel-Plugin-Id',
  'X-Dashboard-Title',
  'X-Panel-Title',
];
const ruleHeaders = ['X-Rule-Name', 'X-Rule-Uid', 'X-Rule-Folder', 'X-Rule-Source', 'X-Rule-Type', 'X-Rule-Version'];

/**
 * Headers that come with queries and health checks. Names carry the prefix `http_`, except for Cookie and FromAlert.
 * Source: Grafana `pkg/services/pluginsintegration/clientmiddleware`.
 */
export function callHeaders(incoming: IncomingHeaders, options: CallHeadersOptions, kind: 'query' | 'health'): Record<string, string> {
  const copied = [...tracingHeaders, ...(kind === 'query' ? ruleHeaders : [])].flatMap((name) => {
    const value = single(incoming[name.toLowerCase()]);
    return value === '' ? [] : [[`http_${name}`, toPrintable(value)] as const];
  });
  const fromAlert = kind === 'query' ? single(incoming.fromalert) : '';
  const cookie = keptCookies(incoming, options.dataSource);
  return {
    ...Object.fromEntries(copied),
    ...(fromAlert === '' ? {} : { FromAlert: toPrintable(fromAlert) }),
    ...(cookie === '' ? {} : { Cookie: toPrintable(cookie) }),
    ...Object.fromEntries(Object.entries(identityHeaders(options)).map(([name, value]) => [`http_${name}`, value])),
  };
}

/** Who asks, for the plugin. */
export function identityHeaders({ identity, idTokens, sendUserHeader }: CallHeadersOptions): Record<string, string> {
  return { 'X-Grafana-Id': idTokens.issue(identity), ...(sendUserHeader ? { 'X-Grafana-User': identity.login } : {}) };
}

/**
 * The cookies that `keepCookies` of the data source lets through, sorted by name: a name, `prefix[]`, or `[]` for all.
 * The session cookie of this server never passes, and apps get none.
 */
export function keptCookies(incoming: IncomingHeaders, dataSource: DataSource | undefined): string {
  const patterns = dataSource === undefined ? [] : keepCookies(dataSource);
  if (patterns.length === 0) return '';
  return single(incoming.cookie)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && isKept(pair.split('=', 1)[0] ?? '', patterns))
    .sort()
    .join('; ');
}

function isKept(name: string, patterns: readonly string[]): boolean {
  if (name === 'grafana_session' || name === 'grafana_session_expiry') return false;
  return patterns.some((pattern) => (pattern.endsWith('[]') ? name.startsWith(pattern.slice(0, -2)) : pattern === name));
}

function keepCookies({ jsonData }: DataSource): string[] {
  if (!jsonData.includes('"keepCookies"')) return [];
  const settings = parseJson(jsonData);
  const list = isJsonObject(settings) ? settings.keepCookies : undefined;
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

/** Bytes that gRPC metadata and Go's headers refuse, percent-encoded; what is no UTF-8 is read as Latin-1. */
function toPrintable(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const text = isUtf8(bytes) ? bytes : Buffer.from(value, 'utf8');
  return Array.from(text, (byte) =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
