import type { PluginContext as ProtoPluginContext } from '@backplane/protocol/pluginv2';
import { type Enclosed, enclosure } from '../call-scope.ts';
import type { Endpoint, GrafanaConfig, PluginContext, RequestContext, User } from '../context.ts';
import { type GrafanaVersion, parseUserAgent } from '../grafana-version.ts';
import type { Logger } from '../log/index.ts';
import { currentTraceId } from '../tracing/index.ts';

/** Headers as the protocol carries them: one text each, or several. */
export type ProtoHeaders = Readonly<Record<string, string | { readonly values: readonly string[] }>>;

const headerPrefix = 'http_';

const noContext: ProtoPluginContext = {
  orgId: 0n,
  pluginId: '',
  grafanaConfig: {},
  pluginVersion: '',
  userAgent: '',
  apiVersion: '',
  namespace: '',
};

/** What a call brought. */
export interface CallContextOptions {
  readonly endpoint: Endpoint;
  readonly proto: ProtoPluginContext | undefined;
  readonly headers: ProtoHeaders;
  readonly tenant: string | undefined;
  /** Fields that the host wants in every log line of the call. */
  readonly logParams?: (() => readonly string[]) | undefined;
  readonly signal: AbortSignal;
  /** The plugin's logger, without the fields of the call. */
  readonly log: Logger;
}

/** Everything about one call. Parts are made when they are first asked for: most handlers read few of them. */
export class CallContext implements RequestContext, Enclosed {
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
  /** As it came, secrets included: for the adapters alone. */
  readonly #proto: ProtoPluginContext;
  readonly #protoHeaders: ProtoHeaders;
  readonly #pluginLog: Logger;
  readonly #logParams: () => readonly string[];
  readonly tenant: string | undefined;
  #log: Logger | undefined;
  #headers: Headers | undefined;
  #config: GrafanaConfig | undefined;
  #pluginContext: PluginContext | undefined;
  #toggles: ReadonlySet<string> | undefined;
  #grafana: GrafanaVersion | undefined;
  [enclosure]: Enclosed[typeof enclosure];

  constructor({ endpoint, proto = noContext, headers, tenant, logParams = () => [], signal, log }: CallContextOptions) {
    this.endpoint = endpoint;
    this.signal = signal;
    this.#proto = proto;
    this.#protoHeaders = headers;
    this.#pluginLog = log;
    this.#logParams = logParams;
    this.tenant = tenant || undefined;
  }

  get log(): Logger {
    this.#log ??= this.#pluginLog.child(logFields(this.endpoint, this.#proto, this.#logParams()));
    return this.#log;
  }

  get user(): User | undefined {
    const { user } = this.#proto;
    return user && { login: user.login, name: user.name, email: user.email, role: user.role };
  }

  get org(): { readonly id: number } {
    return { id: Number(this.#proto.orgId) };
  }

  get headers(): Headers {
    this.#headers ??= toHeaders(this.#protoHeaders);
    return this.#headers;
  }

  get config(): GrafanaConfig {
    this.#config ??= toConfig(this.#proto.grafanaConfig);
    return this.#config;
  }

  get toggles(): ReadonlySet<string> {
    this.#toggles ??= new Set(
      this.config
        .get('GF_INSTANCE_FEATURE_TOGGLES_ENABLE')
        ?.split(',')
        .map((name) => name.trim()),
    );
    return this.#toggles;
  }

  get grafana(): GrafanaVersion {
    this.#grafana ??= parseUserAgent(this.#proto.userAgent);
    return this.#grafana;
  }

  get isAlert(): boolean {
    return this.headers.get('FromAlert') === 'true';
  }

  get pluginContext(): PluginContext {
    this.#pluginContext ??= toPluginContext(this.#proto);
    return this.#pluginContext;
  }
}

function logFields(
  endpoint: Endpoint,
  { pluginId, pluginVersion, dataSourceInstanceSettings: source, user }: ProtoPluginContext,
  params: readonly string[],
): Record<string, string> {
  const traceId = currentTraceId();
  return {
    ...Object.fromEntries(params.map(splitParam)),
    pluginId,
    ...(pluginVersion && { pluginVersion }),
    endpoint,
    ...(traceId && { traceId }),
    ...(source && { dsName: source.name, dsUid: source.uid }),
    ...(user && { uname: user.login || user.name }),
  };
}

/** `key:::value`, as Grafana's hosts write them. */
function splitParam(param: string): readonly [string, string] {
  const [key = '', ...value] = param.split(':::');
  return [key, value.join(':::')];
}

function toPluginContext(proto: ProtoPluginContext): PluginContext {
  const source = proto.dataSourceInstanceSettings;
  return {
    orgId: Number(proto.orgId),
    pluginId: proto.pluginId,
    pluginVersion: proto.pluginVersion,
    userAgent: proto.userAgent,
    apiVersion: proto.apiVersion,
    namespace: proto.namespace,
    dataSource: source && { id: Number(source.id), uid: source.uid, name: source.name, updatedAtMs: Number(source.lastUpdatedMS) },
  };
}

/** Forwarded headers come as `http_<name>`, some from older hosts as they are; the prefixed one wins. */
function toHeaders(source: ProtoHeaders): Headers {
  const headers = new Headers();
  const prefixed = ([name]: readonly [string, unknown]) => name.toLowerCase().startsWith(headerPrefix);
  const entries = Object.entries(source);
  for (const [name, value] of entries.filter(prefixed)) addHeader(headers, name.slice(headerPrefix.length), value);
  const plain = entries.filter((entry) => !prefixed(entry) && !headers.has(safeName(entry[0])));
  for (const [name, value] of plain) addHeader(headers, name, value);
  return headers;
}

function addHeader(headers: Headers, name: string, value: ProtoHeaders[string]): void {
  for (const text of typeof value === 'string' ? [value] : value.values) {
    try {
      // Headers hold bytes; text beyond Latin-1 becomes its UTF-8 bytes, as on the wire.
      headers.append(name, Buffer.from(text, 'utf8').toString('latin1'));
    } catch {
      // A name or value that HTTP does not allow cannot be represented; the call itself is fine without it.
    }
  }
}

/** A name that `Headers.has` takes. */
function safeName(name: string): string {
  return /^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/.test(name) ? name : 'x-invalid';
}

function toConfig(entries: Readonly<Record<string, string>>): GrafanaConfig {
  return {
    entries,
    appUrl: entries.GF_APP_URL || process.env.GF_APP_URL || '',
    get: (key) => entries[key],
    getInteger(key, minimum = 0) {
      const text = entries[key];
      const value = Number(text);
      return text !== undefined && text.trim() !== '' && Number.isSafeInteger(value) && value >= minimum ? value : undefined;
    },
  };
}
