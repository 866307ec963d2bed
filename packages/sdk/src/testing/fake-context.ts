import type { Init, PluginContext as ProtoPluginContext } from '@backplane/protocol/pluginv2';
import type { User } from '../context.ts';

/** What a plugin is told about who asks and by which settings. Everything has a value that a fresh Grafana would send. */
export interface FakeContext {
  readonly orgId?: number;
  /** The id in plugin.json. */
  readonly pluginId?: string;
  readonly pluginVersion?: string;
  /** Null for calls that Grafana makes by itself, such as alerting. */
  readonly user?: Partial<User> | null;
  /** Which kind of settings is sent along. */
  readonly kind?: 'datasource' | 'app';
  readonly uid?: string;
  readonly name?: string;
  readonly url?: string;
  readonly database?: string;
  readonly jsonData?: unknown;
  /** Secrets, opened. */
  readonly secure?: Readonly<Record<string, string>>;
  /** Epoch milliseconds; another value makes the plugin open a new instance. */
  readonly updatedAtMs?: number;
  /** Configuration such as `GF_SQL_ROW_LIMIT`. */
  readonly config?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  readonly namespace?: string;
  /** HTTP headers that Grafana forwards, under their plain names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The values of a Grafana that was set up a minute ago. */
export const freshGrafana = {
  orgId: 1,
  pluginId: 'test-datasource',
  pluginVersion: '1.0.0',
  user: { login: 'admin', name: 'Admin', email: 'admin@localhost', role: 'Admin' },
  kind: 'datasource',
  uid: 'test',
  name: 'Test',
  url: '',
  database: '',
  jsonData: {},
  secure: {},
  updatedAtMs: 1_700_000_000_000,
  config: { GF_APP_URL: 'http://localhost:3000/', GF_SQL_ROW_LIMIT: '1000000', GF_CONCURRENT_QUERY_COUNT: '10' },
  userAgent: 'Grafana/12.4.0 (linux; amd64)',
  namespace: 'default',
  headers: {},
} as const satisfies FakeContext;

/** The context as the protocol carries it. */
export function toPluginContext(given: FakeContext): Init<ProtoPluginContext> {
  const all = { ...freshGrafana, ...given };
  const { user, kind, jsonData, secure, updatedAtMs } = all;
  const stored = {
    jsonData: Buffer.from(JSON.stringify(jsonData)),
    decryptedSecureJsonData: { ...secure },
    lastUpdatedMS: BigInt(updatedAtMs),
  };
  return {
    orgId: BigInt(all.orgId),
    pluginId: all.pluginId,
    pluginVersion: all.pluginVersion,
    userAgent: all.userAgent,
    namespace: all.namespace,
    grafanaConfig: { ...all.config },
    ...(user !== null && { user: { ...freshGrafana.user, ...user } }),
    ...(kind === 'app'
      ? { appInstanceSettings: stored }
      : { dataSourceInstanceSettings: { ...stored, id: 1n, uid: all.uid, name: all.name, url: all.url, database: all.database } }),
  };
}

/** Forwarded headers as Grafana names them in calls that carry text by name. */
export function toProtoHeaders({ headers = {} }: FakeContext): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`http_${name}`, value]));
}
