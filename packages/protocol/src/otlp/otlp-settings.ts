/** How a trace that begins here is chosen. */
export type SamplerSettings =
  | { readonly kind: 'const' | 'probabilistic'; readonly param: number }
  | { readonly kind: 'rateLimiting'; readonly perSecond: number };

/** Where spans go, which headers carry traces, and which traces are kept. */
export interface OtlpSettings {
  readonly host: string;
  readonly port: number;
  readonly propagators: readonly ('w3c' | 'jaeger')[];
  readonly sampler: SamplerSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads what Grafana tells a plugin about tracing: `GF_INSTANCE_OTLP_ADDRESS` (host:port of an OTLP gRPC receiver),
 * `GF_INSTANCE_OTLP_PROPAGATION`, `GF_INSTANCE_OTLP_SAMPLER_TYPE` and `_PARAM`. Undefined when tracing is off.
 *
 * A `remote` sampler stays at its parameter, as Grafana's does until the remote one has answered.
 */
export function readOtlpSettings(env: Environment): OtlpSettings | undefined {
  const address = (env.GF_INSTANCE_OTLP_ADDRESS ?? '').replace(/^[a-z+]+:\/\//, '').replace(/\/.*$/, '');
  const [, host = '', port = '4317'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  if (host === '') return undefined;
  const names = (env.GF_INSTANCE_OTLP_PROPAGATION || 'w3c').split(',').map((name) => name.trim());
  const propagators = names.filter((name) => name === 'w3c' || name === 'jaeger');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), propagators, sampler: readSampler(env) };
}

function readSampler({ GF_INSTANCE_OTLP_SAMPLER_TYPE: type, GF_INSTANCE_OTLP_SAMPLER_PARAM: text }: Environment): SamplerSettings {
  const value = text === undefined || text === '' ? 1 : Number(text);
  const param = Number.isFinite(value) ? value : 1;
  if (type === 'rateLimiting') return { kind: 'rateLimiting', perSecond: param };
  return { kind: type === 'probabilistic' || type === 'remote' ? 'probabilistic' : 'const', param };
}
