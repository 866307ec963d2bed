import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context as contextApi,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { SpanExporter, type TracingLogger } from './exporter.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import { jaeger, joinPropagators, w3c } from './propagation.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { RecordedSpan, type SpanData, toNanos } from './span.ts';

/** Tracing that runs. */
export interface StartedTracing {
  /** Resolves when all ended spans were sent, or dropped. */
  flush(): Promise<void>;
  /** Sends what is left, and takes tracing out of the API again. */
  shutdown(): Promise<void>;
}

/** Who is traced, and where its spans go. */
export interface TracingOptions {
  readonly settings: OtlpSettings;
  /** What is said of this process: `service.name`, `service.version`, and what else its operator wants. */
  readonly resource: Attributes;
  readonly log: TracingLogger;
  /** A batch of spans leaves when it is this old; 5000 unless given. */
  readonly delayMs?: number | undefined;
  /** How long the last spans may take at the end; 5000 unless given. */
  readonly shutdownMs?: number | undefined;
}

/**
 * Registers tracing with the OpenTelemetry API of the process: all spans that its code makes go to one receiver. A trace that
 * came from elsewhere is kept when it is kept there.
 */
export function startTracing({ settings, resource, log, delayMs, shutdownMs }: TracingOptions): StartedTracing {
  const exporter = new SpanExporter({ ...settings, resource, log, delayMs, shutdownMs });
  const sampler = createSampler(settings.sampler);
  const onEnd = (span: SpanData): void => exporter.add(span);
  contextApi.setGlobalContextManager(new AsyncContextManager().enable());
  propagation.setGlobalPropagator(joinPropagators(settings.propagators.map((name) => (name === 'w3c' ? w3c : jaeger))));
  trace.setGlobalTracerProvider({ getTracer: (scope) => new OtlpTracer(scope, sampler, onEnd) });
  return {
    flush: () => exporter.flush(),
    async shutdown() {
      trace.disable();
      propagation.disable();
      contextApi.disable();
      await exporter.shutdown();
    },
  };
}

class OtlpTracer implements Tracer {
  readonly #scope: string;
  readonly #sampler: Sampler;
  readonly #onEnd: (span: SpanData) => void;

  constructor(scope: string, sampler: Sampler, onEnd: (span: SpanData) => void) {
    this.#scope = scope;
    this.#sampler = sampler;
    this.#onEnd = onEnd;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contextApi.active()): Span {
    const parent = options.root === true ? undefined : trace.getSpanContext(context);
    const traceId = parent?.traceId ?? randomHex(16);
    const isKept = parent === undefined ? this.#sampler(traceId) : (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    const traceFlags = isKept ? TraceFlags.SAMPLED : TraceFlags.NONE;
    // What other vendors keep there goes on with the trace.
    const spanContext = { traceId, spanId: randomHex(8), traceFlags, ...(parent?.traceState && { traceState: parent.traceState }) };
    if (!isKept) return trace.wrapSpanContext(spanContext);
    const data: SpanData = {
      context: spanContext,
      parentSpanId: parent?.spanId,
      scope: this.#scope,
      kind: options.kind ?? SpanKind.INTERNAL,
      startedAtNs: toNanos(options.startTime),
      endedAtNs: 0n,
      name,
      attributes: {},
      events: [],
      status: { code: SpanStatusCode.UNSET },
    };
    const span = new RecordedSpan(data, this.#onEnd);
    if (options.attributes !== undefined) span.setAttributes(options.attributes);
    return span;
  }

  // The API has three forms of it: the options and the context may be left out.
  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...args: [...unknown[], F]): ReturnType<F> {
    const run = args.at(-1) as F;
    const [options, context = contextApi.active()] = args.slice(0, -1) as [SpanOptions?, Context?];
    const span = this.startSpan(name, options, context);
    return contextApi.with(trace.setSpan(context, span), () => run(span)) as ReturnType<F>;
  }
}

/** Keeps the active context of each asynchronous path. */
class AsyncContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => run.apply(self, args));
  }

  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const bound = (...args: unknown[]): unknown => this.#storage.run(context, () => target.apply(undefined, args));
    return bound as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

function randomHex(bytes: number): string {
  return randomFillSync(Buffer.alloc(bytes)).toString('hex');
}
