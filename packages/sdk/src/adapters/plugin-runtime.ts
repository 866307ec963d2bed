import { GrpcCode, GrpcStatusError, type ServerCall } from '@backplane/protocol/grpc';
import type { PluginContext as ProtoPluginContext } from '@backplane/protocol/pluginv2';
import { type CallScope, enclosure, runInScope } from '../call-scope.ts';
import { describeError, type ErrorFacts, stackOf } from '../classify-error.ts';
import type { Endpoint } from '../context.ts';
import { disposeOf, InstanceCache, type Lease } from '../instances/index.ts';
import type { Logger } from '../log/index.ts';
import type { Counter, MetricsRegistry } from '../metrics/index.ts';
import { type CallOutcome, enterMiddleware } from '../middleware.ts';
import type { Plugin } from '../plugin.ts';
import type { ResourceHandler } from '../resources.ts';
import { parseSettings } from '../settings.ts';
import { traceCall } from '../tracing/index.ts';
import { CallContext, type ProtoHeaders } from './call-context.ts';
import { type InstanceSource, keepSource, sameSource, toInstanceSource } from './instance-source.ts';
import { createInstanceTools, type InstanceTools } from './instance-tools.ts';

/** gRPC metadata by which a host with several tenants names the one that asks. */
const tenantKey = 'tenantid';
/** gRPC metadata with fields that a host wants in the log lines of a call. */
const logParamsKey = 'loggerparamsctxmetadata';
/** As Grafana's SDK keeps instances where they expire at all. */
const defaultIdleAfterMs = 3_600_000;
/** Timers take no more; a plugin that lives for 24 days may as well keep what it has. */
const longestTimerMs = 2 ** 31 - 1;

/** What the author's `create` made, and what is derived from it once. */
export class OpenInstance implements AsyncDisposable {
  readonly value: unknown;
  readonly #tools: InstanceTools;
  readonly #scope: CallScope;
  #resources: ResourceHandler | undefined;

  constructor(value: unknown, tools: InstanceTools, scope: CallScope) {
    this.value = value;
    this.#tools = tools;
    this.#scope = scope;
  }

  resourceHandler(plugin: Plugin): ResourceHandler | undefined {
    this.#resources ??= plugin.resources?.(this.value);
    return this.#resources;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // In its own scope, not in that of the call that happens to be the last, or of none: what a disposal leaves behind must
    // not be the end of the plugin. The author's own disposal may still send a request.
    await runInScope(this.#scope, () => disposeOf(this.value)).finally(() => this.#tools[Symbol.asyncDispose]());
  }
}

/** How a call ended, for metrics and logs. */
export type Outcome = { readonly kind: 'ok' } | { readonly kind: 'cancelled' } | { readonly kind: 'error'; readonly facts: ErrorFacts };

/** One call that the plugin is answering. */
export interface ActiveCall {
  readonly context: CallContext;
  /** Goes through the middleware; rejects with what one of them threw. Needed by calls that lease no instance. */
  enter(): Promise<void>;
  /** Goes through the middleware and leases the instance for the call's settings; rejects when the call ends first. The lease outlives the call when a handler does. */
  lease(): Promise<Lease<OpenInstance>>;
  /** Counts and logs the call; once. */
  end(outcome: Outcome): void;
}

/** Where a plugin writes and counts. */
export interface PluginRuntimeOptions {
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  /** Takes the place of the network for every instance's `fetch`, in tests. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What every kind of call shares: instances, counting, logging, and the state of the process. */
export class PluginRuntime implements AsyncDisposable {
  readonly plugin: Plugin;
  readonly metrics: MetricsRegistry;
  readonly #log: Logger;
  readonly #fetch: typeof globalThis.fetch | undefined;
  readonly #instances: InstanceCache<InstanceSource, OpenInstance>;
  readonly #requests: Counter<'endpoint' | 'status' | 'status_source'>;
  #active = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  readonly #stopping = new AbortController();
  readonly #idleTimer: NodeJS.Timeout | undefined;

  constructor(plugin: Plugin, { log, metrics, fetch }: PluginRuntimeOptions) {
    this.plugin = plugin;
    this.metrics = metrics;
    this.#fetch = fetch;
    this.#log = log;
    this.#requests = metrics.counter('grafana_plugin_request_total', {
      help: 'The total amount of plugin requests',
      labels: ['endpoint', 'status', 'status_source'],
    });
    const opened = metrics.counter('plugins_datasource_instances_total', { help: 'The total number of data source instances created' });
    const active = metrics.gauge('plugins_active_instances', { help: 'The number of active plugin instances' });
    this.#instances = new InstanceCache({
      create: async (source) => {
        const instance = await this.#open(source);
        opened.inc();
        return instance;
      },
      same: sameSource,
      keep: keepSource,
      onDisposeError: (error) => this.#logDisposal(error),
      onCount: (count) => active.set(count),
    });
    const { idleAfterMs = defaultIdleAfterMs } = plugin.instances;
    if (idleAfterMs <= longestTimerMs) this.#idleTimer = setInterval(() => this.#instances.retireIdle(), idleAfterMs).unref();
  }

  /** Takes a call on, or refuses it when the plugin is stopping. */
  begin(endpoint: Endpoint, proto: ProtoPluginContext | undefined, headers: ProtoHeaders, call: ServerCall): ActiveCall {
    if (this.#idle !== undefined) throw new GrpcStatusError(GrpcCode.unavailable, 'the plugin is stopping');
    // Streams run for as long as somebody listens: they end when the plugin begins to stop, other calls may finish.
    const signal = endpoint === 'runStream' ? AbortSignal.any([call.signal, this.#stopping.signal]) : call.signal;
    const { metadata } = call;
    const said = { tenant: metadata.get(tenantKey), logParams: () => metadata.getAll(logParamsKey) };
    const context = new CallContext({ endpoint, proto, headers, ...said, signal, log: this.#log });
    const startedAtMs = performance.now();
    let ended = false;
    this.#active++;
    const traced = traceCall(metadata);
    const use = traced === undefined ? this.plugin.use : [traced, ...this.plugin.use];
    const passage = use.length === 0 ? undefined : enterMiddleware(use, context);
    // Not by the call's own logger: that names the trace, which is found on the way in.
    if (this.#log.isEnabled('debug')) this.#log.debug('Plugin Request Started', { pluginId: proto?.pluginId, endpoint });
    const lease = (): Promise<Lease<OpenInstance>> => {
      const source = toInstanceSource(this.plugin.kind, proto, context.tenant);
      return this.#instances.acquire(source.key, source, context.signal);
    };
    return {
      context,
      enter: () => passage?.entered ?? Promise.resolve(),
      lease: () => (passage === undefined ? lease() : passage.entered.then(lease)),
      end: (outcome) => {
        if (ended) return;
        ended = true;
        const tookMs = performance.now() - startedAtMs;
        const inside = context[enclosure];
        if (inside === undefined) this.#report(context, outcome, tookMs);
        else inside(() => this.#report(context, outcome, tookMs));
        passage?.end(toCallOutcome(outcome));
        if (--this.#active === 0) this.#idle?.resolve();
      },
    };
  }

  /** Refuses further calls, ends streams, and resolves when the running calls are answered. */
  drain(): Promise<void> {
    this.#stopping.abort(new DOMException('the plugin is stopping', 'AbortError'));
    this.#idle ??= Promise.withResolvers();
    if (this.#active === 0) this.#idle.resolve();
    return this.#idle.promise;
  }

  /** Resolves when every instance is disposed: each is waited for until its last handler is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#idleTimer);
    await this.#instances[Symbol.asyncDispose]();
  }

  /** Opens an instance away from the call that asked for it first, since it outlives that call. */
  async #open(source: InstanceSource): Promise<OpenInstance> {
    const { settings: raw } = source;
    const { kind: _kind, jsonData: _jsonData, secure: _secure, ...rest } = raw;
    const settings = { ...rest, ...(await parseSettings(raw, this.plugin.settings)) };
    const fields = raw.kind === 'datasource' ? { dsName: raw.name, dsUid: raw.uid } : {};
    const log = this.#log.child({ pluginId: this.plugin.id, ...fields });
    const { id: pluginId, httpMiddleware: middleware } = this.plugin;
    const tools = createInstanceTools({ pluginId, settings: raw, middleware, metrics: this.metrics, fetch: this.#fetch });
    const { fetch, cache } = tools;
    const stray = Promise.withResolvers<never>();
    let isOpen = false;
    const fail = (error: unknown): boolean => {
      stray.reject(error);
      if (!isOpen) return true; // the calls that wait for the instance are told
      const facts = { error: describeError(error), ...stackOf(error) };
      log.error('An instance left an error that nobody caught: it is closed, and opened anew for the next call', facts);
      this.#instances.retire(source);
      return true;
    };
    const scope: CallScope = { context: undefined, fail };
    const work = runInScope(scope, async () => this.plugin.create({ settings, log, fetch, cache }));
    try {
      const value = await Promise.race([work, stray.promise]);
      isOpen = true;
      return new OpenInstance(value, tools, scope);
    } catch (error) {
      // One that is opened after all is used by nobody, and no more than one that could not be opened keeps its tools.
      void work.then(
        (value) => runInScope(scope, () => disposeOf(value)).catch((failure: unknown) => this.#logDisposal(failure)),
        () => undefined, // the calls were told of an error already
      );
      await tools[Symbol.asyncDispose]();
      throw error;
    }
  }

  #logDisposal(error: unknown): void {
    this.#log.error('Disposing an instance failed', { error: describeError(error), ...stackOf(error) });
  }

  #report(context: CallContext, outcome: Outcome, tookMs: number): void {
    const source = outcome.kind === 'error' ? outcome.facts.source : 'plugin';
    this.#requests.inc({ endpoint: context.endpoint, status: outcome.kind, status_source: source });
    // Asked of the plugin's logger: the call's own one is not made for nothing.
    if (!this.#log.isEnabled('debug')) return;
    context.log.debug('Plugin Request Completed', { status: outcome.kind, statusSource: source, duration: `${tookMs.toFixed(3)}ms` });
  }
}

function toCallOutcome(outcome: Outcome): CallOutcome {
  return outcome.kind === 'error' ? { status: 'error', error: outcome.facts } : { status: outcome.kind };
}
