import type { DataSource } from '../datasources/index.ts';
import { isJsonObject, JsonNumber, type JsonObject, parseJson } from '../json/index.ts';
import type { UpstreamTls } from './transport.ts';
import type { HeaderSet } from './upstream.ts';

/** How requests of one data source are sent, by its settings (Grafana `pkg/services/datasources/service`, `httpClientOptions`). */
export interface DataSourceClient {
  readonly tls: UpstreamTls;
  /** Undefined when the settings do not say. */
  readonly timeoutMs: number | undefined;
  /** Set on every request, over whatever it has. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly keepCookies: readonly string[];
}

/** Reads what the settings say about sending. */
export function readDataSourceClient({ jsonData }: DataSource, secrets: Readonly<Record<string, string>>): DataSourceClient {
  const parsed = jsonData === '' ? null : parseJson(jsonData);
  const settings: JsonObject = isJsonObject(parsed) ? parsed : {};
  const keep = settings.keepCookies;
  const hasClientCert = settings.tlsAuth === true;
  return {
    tls: {
      skipVerify: settings.tlsSkipVerify === true,
      cert: hasClientCert ? secrets.tlsClientCert : undefined,
      key: hasClientCert ? secrets.tlsClientKey : undefined,
      ca: settings.tlsAuthWithCACert === true ? secrets.tlsCACert || undefined : undefined,
      serverName: typeof settings.serverName === 'string' && settings.serverName !== '' ? settings.serverName : undefined,
    },
    timeoutMs: timeout(settings.timeout),
    headers: customHeaders(settings, secrets),
    keepCookies: Array.isArray(keep) ? keep.filter((name): name is string => typeof name === 'string') : [],
  };
}

/** Sets the headers of the settings. `Host` names the host of the request. */
export function applyCustomHeaders(headers: HeaderSet, { headers: own }: DataSourceClient): void {
  for (const [name, value] of own) headers.set(name, value);
}

/** Seconds, as number or text. */
function timeout(value: unknown): number | undefined {
  const seconds =
    value instanceof JsonNumber ? value.toDouble() : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, 2 ** 31 - 1) : undefined;
}

/** `httpHeaderName1` with the secret `httpHeaderValue1`, counted up until a name is missing; one without a value is skipped. */
function customHeaders(settings: JsonObject, secrets: Readonly<Record<string, string>>): [string, string][] {
  const headers: [string, string][] = [];
  for (let index = 1; ; index++) {
    const name = settings[`httpHeaderName${index}`];
    if (typeof name !== 'string' || name === '') return headers;
    const value = secrets[`httpHeaderValue${index}`];
    if (value !== undefined && value !== '') headers.push([name, value]);
  }
}
