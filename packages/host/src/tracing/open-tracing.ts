import { type Attributes, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { PluginManifest } from '../manifest/index.ts';
import { formatTraceparent } from './format-traceparent.ts';

/** Where spans go and which are kept, in the words of Grafana's `[tracing.opentelemetry]` and `[tracing.opentelemetry.otlp]`. */
export interface TracingSettings {
  /** `host:port` of a receiver of OTLP over gRPC, without TLS; plugins are told it too. */
  readonly address: string;
  /** Which headers carry traces; `w3c` (`traceparent`) unless given. */
  readonly propagation?: readonly ('w3c' | 'jaeger')[] | undefined;
  /** How traces that begin here are chosen; `const` unless given. `remote` stays at its parameter. */
  readonly samplerType?: 'const' | 'probabilistic' | 'rateLimiting' | 'remote' | undefined;
  /** 0 or 1, a share, or traces a second; 1 unless given. */
  readonly samplerParam?: number | undefined;
  /** Where plugins with a `remote` sampler ask. */
  readonly samplerUrl?: string | undefined;
  /** What every span of this process says of it: `service.name`, `service.version`, … */
  readonly resource: Attributes;
  /** Told about spans that could not be sent, once a minute. */
  readonly logger: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void };
}

/** Tracing that runs. Disposing it sends the last spans, for 5 s at most, and takes it out of the process again. */
export interface Tracing extends AsyncDisposable {
  /** Variables by which a plugin sends its spans to the same receiver. Source: Grafana `pluginconfig/envvars.go`, `tracingEnvVars`. */
  environment(plugin: PluginManifest): Readonly<Record<string, string>>;
  /**
   * Starts the span of a request that came from outside, as a part of the trace that its headers name.
   *
   * @param headers by names in small letters
   */
  startRequest(name: string, headers: RequestHeaders): RequestSpan;
}

type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request while it is answered. */
export interface RequestSpan {
  readonly traceId: string;
  /** W3C `traceparent` of this span. */
  readonly traceparent: string;
  /** Runs what belongs to the request: calls of plugins from there on are parts of its span. */
  run<Result>(work: () => Result): Result;
  /** Ends the span; `failure` says in one sentence what went wrong, if anything did. */
  end(attributes: Attributes, failure?: string): void;
}

/**
 * Registers tracing with the OpenTelemetry API of this process; `traceCalls` and every other user of that API then make
 * spans. Nothing of it is loaded before. There is one of it in a process: where tracing is registered already, that stays.
 */
export async function openTracing(settings: TracingSettings): Promise<Tracing> {
  const { readOtlpSettings, startTracing } = await import('@backplane/protocol/otlp');
  const variables = toVariables(settings);
  const { resource, logger } = settings;
  // What plugins are told is read as they read it. Who calls us may speak less than what we tell plugins to understand.
  const otlp = readOtlpSettings({ ...variables, GF_INSTANCE_OTLP_PROPAGATION: (settings.propagation ?? []).join(',') });
  if (otlp === undefined) throw new TypeError(`the address ${JSON.stringify(settings.address)} of the receiver of spans names no host`);
  const started = startTracing({ settings: otlp, resource, log: logger });
  const tracer = trace.getTracer('@backplane/host');
  return {
    environment: ({ info: { version } }) => ({ ...variables, ...(version !== '' && { GF_PLUGIN_VERSION: version }) }),
    startRequest(name, headers) {
      const parent = propagation.extract(ROOT_CONTEXT, headers, headerGetter);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
      const active = trace.setSpan(parent, span);
      const about = span.spanContext();
      return {
        traceId: about.traceId,
        traceparent: formatTraceparent(about),
        run: (work) => context.with(active, work),
        end(attributes, failure) {
          span.setAttributes(attributes);
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
          span.end();
        },
      };
    },
    [Symbol.asyncDispose]: () => started.shutdown(),
  };
}

/** Our calls carry a `traceparent` and nothing else, so plugins understand that in any case. */
function toVariables({ address, propagation = [], samplerType = 'const', samplerParam = 1, samplerUrl = '' }: TracingSettings) {
  return {
    GF_INSTANCE_OTLP_ADDRESS: address,
    GF_INSTANCE_OTLP_PROPAGATION: [...new Set(['w3c', ...propagation])].join(','),
    GF_INSTANCE_OTLP_SAMPLER_TYPE: samplerType,
    GF_INSTANCE_OTLP_SAMPLER_PARAM: samplerParam.toFixed(6),
    GF_INSTANCE_OTLP_SAMPLER_REMOTE_URL: samplerUrl,
  };
}

const headerGetter = {
  get: (headers: RequestHeaders, name: string): string | string[] | undefined => {
    const value = headers[name];
    return typeof value === 'object' ? [...value] : value;
  },
  keys: (headers: RequestHeaders): string[] => Object.keys(headers),
};
