import { Counter, Histogram, type Registry } from 'prom-client';
import { type DataResponse, type Endpoint, type Outcome, type RequestOf, type ResultOf, whenEnded } from '../client/index.ts';
import { isHostError } from '../errors/index.ts';
import { tapItems } from './tap-items.ts';
import type { Middleware, PluginCall } from './types.ts';

const DURATION_MS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100];
const DURATION_S_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 300, 600];
const SIZE_BUCKETS = Array.from({ length: 14 }, (_, index) => 128 * 2 ** index);

/** Where the requests come from, as Grafana calls itself. */
const SOURCE = 'grafana-backend';
/** Plugins are processes of this machine, or reached as such. */
const TARGET = 'local';

/**
 * Counts and times every call under Grafana's names and labels: `grafana_plugin_request_total`,
 * `…_duration_milliseconds`, `…_duration_seconds`, `…_size_bytes`, `…_connection_unavailable_total`.
 *
 * The status of a query is the worst of its refIds; it is the plugin's fault as soon as one error is.
 * Source: Grafana `pkg/services/pluginsintegration/clientmiddleware/metrics_middleware.go`.
 */
export function measureCalls(registry: Registry): Middleware {
  const meters = createMeters(registry);
  return async (call, next) => {
    const { pluginId: plugin_id, pluginVersion: plugin_version, endpoint } = call;
    const labels = { plugin_id, endpoint, target: TARGET, plugin_version };
    const bytes = sizeOf(call);
    if (bytes !== undefined) meters.size.observe({ source: SOURCE, ...labels }, bytes);
    const startedAtMs = performance.now();
    const end = ({ status, statusSource, isUnavailable }: Verdict) => {
      const ms = performance.now() - startedAtMs;
      const judged = { ...labels, status_source: statusSource };
      meters.total.inc({ ...judged, status });
      meters.durationMs.observe(judged, ms);
      meters.durationS.observe({ source: SOURCE, ...judged, status }, ms / 1000);
      if (isUnavailable) meters.unavailable.inc({ ...judged, status });
    };
    try {
      const answers = new FailedAnswers();
      const result = answers.watch(endpoint, await next(call));
      return whenEnded(endpoint, result, (outcome) => end(outcome.status === 'ok' ? answers.verdict() : fromOutcome(outcome)));
    } catch (error) {
      end(fromOutcome({ status: 'error', error }));
      throw error;
    }
  };
}

interface Verdict {
  readonly status: 'ok' | 'error' | 'cancelled';
  readonly statusSource: 'plugin' | 'downstream';
  readonly isUnavailable?: boolean;
}

function fromOutcome(outcome: Outcome): Verdict {
  if (outcome.status !== 'error') return { status: outcome.status, statusSource: 'plugin' };
  const { error } = outcome;
  if (isHostError(error, 'request_cancelled')) return { status: 'cancelled', statusSource: 'plugin' };
  const isDownstream = isHostError(error) && 'errorSource' in error.facts && error.facts.errorSource === 'downstream';
  const isUnavailable = isHostError(error, 'plugin_unavailable') || isHostError(error, 'connection_lost');
  return { status: 'error', statusSource: isDownstream ? 'downstream' : 'plugin', isUnavailable };
}

/** The answers to single queries within a call that went well as a whole. */
class FailedAnswers {
  #hasFailed = false;
  #isDownstream = true;

  /** Looks at the answers of a query, as they come when they come in chunks. */
  watch<Kind extends Endpoint>(endpoint: Kind, result: ResultOf<Kind>): ResultOf<Kind> {
    if (endpoint === 'queryData') for (const answer of (result as ResultOf<'queryData'>).responses.values()) this.#note(answer);
    if (endpoint !== 'queryChunkedData') return result;
    return tapItems(result as ResultOf<'queryChunkedData'>, (chunk) => this.#note(chunk)) as ResultOf<Kind>;
  }

  verdict(): Verdict {
    return { status: this.#hasFailed ? 'error' : 'ok', statusSource: this.#hasFailed && this.#isDownstream ? 'downstream' : 'plugin' };
  }

  #note({ error, errorSource }: Pick<DataResponse, 'error' | 'errorSource'>): void {
    if (error === undefined) return;
    this.#hasFailed = true;
    this.#isDownstream &&= errorSource === 'downstream';
  }
}

/** Bytes of what is asked, for kinds of call where they say something. */
function sizeOf({ endpoint, request }: PluginCall): number | undefined {
  switch (endpoint) {
    case 'queryData':
    case 'queryChunkedData':
      return (request as RequestOf<'queryData'>).queries.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    case 'callResource':
      return (request as RequestOf<'callResource'>).body.length;
    default:
      return undefined;
  }
}

function createMeters(registry: Registry) {
  const perCall = ['plugin_id', 'endpoint', 'target', 'plugin_version'];
  const registers = [registry];
  return {
    total: new Counter({
      name: 'grafana_plugin_request_total',
      help: 'Calls to plugins.',
      labelNames: [...perCall, 'status', 'status_source'],
      registers,
    }),
    durationMs: new Histogram({
      name: 'grafana_plugin_request_duration_milliseconds',
      help: 'Duration of calls to plugins, in milliseconds.',
      labelNames: [...perCall, 'status_source'],
      buckets: DURATION_MS_BUCKETS,
      registers,
    }),
    durationS: new Histogram({
      name: 'grafana_plugin_request_duration_seconds',
      help: 'Duration of calls to plugins, in seconds.',
      labelNames: ['source', ...perCall, 'status', 'status_source'],
      buckets: DURATION_S_BUCKETS,
      registers,
    }),
    size: new Histogram({
      name: 'grafana_plugin_request_size_bytes',
      help: 'Size of queries and of bodies for plugins.',
      labelNames: ['source', ...perCall],
      buckets: SIZE_BUCKETS,
      registers,
    }),
    unavailable: new Counter({
      name: 'grafana_plugin_request_connection_unavailable_total',
      help: 'Calls that found no running plugin, or lost it.',
      labelNames: [...perCall, 'status', 'status_source'],
      registers,
    }),
  };
}
