import { PluginError } from '../errors.ts';
import type { JsonObject } from '../schema.ts';

/** Limits of outgoing connections. */
export interface HttpTimeouts {
  /** A whole request, its body included; 0 is without limit. */
  readonly requestMs: number;
  /** Connecting, TLS included. */
  readonly connectMs: number;
  /** Until a connection sends its first TCP keep-alive probe. */
  readonly keepAliveMs: number;
  /** How long an idle connection is kept. */
  readonly idleMs: number;
  /** Most connections to one host; 0 is without limit. */
  readonly maxConnectionsPerHost: number;
}

/** What a user set about TLS. */
export interface HttpTls {
  /** PEM; replaces the roots of the machine. */
  readonly ca: string | undefined;
  /** PEM of the certificate that this side shows, and its key. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** The name that the server's certificate must have, instead of the host's. */
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/** The settings that all HTTP data sources of Grafana share, parsed. Holds secrets: never print it. */
export interface HttpSettings {
  readonly timeouts: HttpTimeouts;
  readonly tls: HttpTls | undefined;
  readonly basicAuth: { readonly user: string; readonly password: string } | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The identity of the user who is signed in goes along: `oauthPassThru`. */
  readonly forwardOAuth: boolean;
  /** Names of the user's cookies that go along: `keepCookies`. */
  readonly forwardCookies: readonly string[];
  /** Requests are to go by Grafana's secure socks proxy, where it has one: `enableSecureSocksProxy`. */
  readonly wantsSocksProxy: boolean;
}

/** Where the settings come from: a data source as the host sends it. */
export interface HttpSettingsSource {
  readonly jsonData: JsonObject;
  /** All secrets, decrypted. */
  readonly secure: Readonly<Record<string, string | undefined>>;
  readonly basicAuthEnabled?: boolean | undefined;
  readonly basicAuthUser?: string | undefined;
}

/**
 * Reads the standard settings, under the names that Grafana's HTTP settings editor writes. Numbers are seconds there.
 *
 * @throws PluginError status 400 naming the key whose value is of the wrong type
 */
export function parseHttpSettings({ jsonData, secure, basicAuthEnabled, basicAuthUser }: HttpSettingsSource): HttpSettings {
  const read = createReader(jsonData);
  const wantsTls = read.flag('tlsAuth') || read.flag('tlsAuthWithCACert');
  const skipVerify = read.flag('tlsSkipVerify');
  const usesBasicAuth = basicAuthEnabled === true || read.flag('basicAuth');
  return {
    timeouts: {
      requestMs: read.seconds('timeout', 30),
      connectMs: read.seconds('dialTimeout', 10),
      keepAliveMs: read.seconds('httpKeepAlive', 30),
      idleMs: read.seconds('httpIdleConnTimeout', 90),
      maxConnectionsPerHost: read.number('httpMaxConnsPerHost', 0),
    },
    tls:
      wantsTls || skipVerify
        ? {
            ca: wantsTls ? given(secure.tlsCACert) : undefined,
            certificate: wantsTls ? given(secure.tlsClientCert) : undefined,
            key: wantsTls ? given(secure.tlsClientKey) : undefined,
            serverName: wantsTls ? given(read.text('serverName')) : undefined,
            skipVerify,
          }
        : undefined,
    basicAuth: usesBasicAuth ? { user: basicAuthUser || read.text('basicAuthUser'), password: secure.basicAuthPassword ?? '' } : undefined,
    headers: customHeaders(jsonData, secure),
    forwardOAuth: read.flag('oauthPassThru'),
    forwardCookies: read.texts('keepCookies'),
    wantsSocksProxy: read.flag('enableSecureSocksProxy'),
  };
}

function createReader(jsonData: JsonObject) {
  const wrong = (key: string, wanted: string): PluginError =>
    new PluginError(`invalid settings: ${key} is ${JSON.stringify(jsonData[key])}; give ${wanted}`, { status: 400 });
  const number = (key: string, fallback: number): number => {
    const value = jsonData[key];
    if (value === undefined || value === null || value === '') return fallback;
    // The editor of some versions stores numbers as text.
    const parsed = typeof value === 'string' ? Number(value) : value;
    if (typeof parsed !== 'number' || !(parsed >= 0)) throw wrong(key, 'a number of at least 0');
    return parsed;
  };
  return {
    number,
    seconds: (key: string, fallback: number): number => number(key, fallback) * 1000,
    flag: (key: string): boolean => jsonData[key] === true,
    text(key: string): string {
      const value = jsonData[key] ?? '';
      if (typeof value !== 'string') throw wrong(key, 'text');
      return value;
    },
    texts(key: string): readonly string[] {
      const value = jsonData[key] ?? [];
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw wrong(key, 'a list of names');
      return value;
    },
  };
}

/** `httpHeaderName1` with `httpHeaderValue1`, and so on to the first number that is missing. */
function customHeaders(jsonData: JsonObject, secure: HttpSettingsSource['secure']): [string, string][] {
  const headers: [string, string][] = [];
  for (let index = 1; typeof jsonData[`httpHeaderName${index}`] === 'string'; index++) {
    const name = String(jsonData[`httpHeaderName${index}`]).trim();
    const value = secure[`httpHeaderValue${index}`];
    if (name !== '' && value !== undefined) headers.push([name, value]);
  }
  return headers;
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
