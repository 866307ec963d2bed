import type { GrafanaVersion } from './grafana-version.ts';
import type { Logger } from './log/index.ts';

/** The kinds of call that a host makes, by the names that Grafana uses in metrics, logs and spans. */
export type Endpoint =
  | 'queryData'
  | 'queryChunkedData'
  | 'callResource'
  | 'checkHealth'
  | 'collectMetrics'
  | 'subscribeStream'
  | 'publishStream'
  | 'runStream'
  | 'validateAdmission'
  | 'mutateAdmission'
  | 'convertObjects';

/** Who asks. Absent for calls that Grafana makes by itself, such as alerting. */
export interface User {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** What the host says about every call, as it came. Secrets are left out. */
export interface PluginContext {
  readonly orgId: number;
  readonly pluginId: string;
  readonly pluginVersion: string;
  /** `Grafana/<semver> (<os>; <arch>)`, or empty. */
  readonly userAgent: string;
  readonly apiVersion: string;
  readonly namespace: string;
  /** Present in calls to a data source. */
  readonly dataSource: { readonly id: number; readonly uid: string; readonly name: string; readonly updatedAtMs: number } | undefined;
}

/** The per-request configuration that Grafana sends along, keys such as `GF_SQL_ROW_LIMIT`. */
export interface GrafanaConfig {
  get(key: string): string | undefined;
  /** A whole number of at least `minimum`, or undefined when absent or something else. */
  getInteger(key: string, minimum?: number): number | undefined;
  readonly entries: Readonly<Record<string, string>>;
  /** Where users reach Grafana (`GF_APP_URL`, here or in the environment); empty when it is not known. */
  readonly appUrl: string;
}

/** What every handler gets as its last argument. */
export interface RequestContext {
  readonly endpoint: Endpoint;
  /** Aborts when the caller gave up, its deadline passed, or the plugin stops. Pass it on to whatever waits. */
  readonly signal: AbortSignal;
  /** Logs with the plugin, data source and endpoint named. */
  readonly log: Logger;
  readonly user: User | undefined;
  readonly org: { readonly id: number };
  /** Forwarded HTTP headers under their plain names, the same way for every endpoint. */
  readonly headers: Headers;
  readonly config: GrafanaConfig;
  /** Feature toggles that are on: `toggles.has('x')`. */
  readonly toggles: ReadonlySet<string>;
  /** The Grafana that asks: `grafana.atLeast('12.1')`. */
  readonly grafana: GrafanaVersion;
  /** True when an alert rule asks. */
  readonly isAlert: boolean;
  /** Tenant of a shared Grafana, otherwise undefined. */
  readonly tenant: string | undefined;
  readonly pluginContext: PluginContext;
}
