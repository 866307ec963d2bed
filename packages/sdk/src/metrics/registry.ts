import { describeError } from '../classify-error.ts';
import { SdkError } from '../errors.ts';
import { Counter, Gauge, Histogram, type Metric } from './metric.ts';
import { formatMetrics, joinExpositions } from './text-format.ts';

/** What a metric is about. */
export interface MetricOptions<Label extends string> {
  /** One sentence, shown beside the metric. */
  readonly help: string;
  readonly labels?: readonly Label[];
}

/** What a histogram is about. */
export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Ascending upper bounds; seconds from 5 ms to 10 s unless given. `+Inf` is added. */
  readonly buckets?: readonly number[];
}

/** Something that has metrics to show at the moment it is asked. */
export type MetricSource = () => Iterable<Metric>;

/** A registry of another library, as prom-client has them. */
export interface ForeignRegistry {
  /** Its metrics in the Prometheus text exposition format. */
  metrics(): string | Promise<string>;
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Holds metrics by name.
 *
 * Asking twice for the same metric gives the same one, so modules that are loaded twice or reloaded share it.
 */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>();
  readonly #sources: MetricSource[] = [];
  readonly #foreign: ForeignRegistry[] = [];

  /** @throws SdkError `metric_conflict` when the name stands for something else, `metric_invalid` for names that Prometheus refuses */
  counter<const Label extends string = never>(name: string, options: MetricOptions<Label>): Counter<Label> {
    return this.#register(new Counter(name, options.help, options.labels ?? []));
  }

  /** @throws SdkError as `counter` */
  gauge<const Label extends string = never>(name: string, options: MetricOptions<Label>): Gauge<Label> {
    return this.#register(new Gauge(name, options.help, options.labels ?? []));
  }

  /** @throws SdkError as `counter` */
  histogram<const Label extends string = never>(name: string, options: HistogramOptions<Label>): Histogram<Label> {
    return this.#register(new Histogram(name, options.help, options.labels ?? [], options.buckets ?? secondsBuckets));
  }

  /** Adds metrics that are read when somebody asks. */
  addSource(source: MetricSource): void {
    this.#sources.push(source);
  }

  /**
   * Shows what another library counts beside these metrics: a registry of prom-client, for code that brings one along.
   * Of a name that both have, the metric of this registry is shown.
   */
  include(registry: ForeignRegistry): void {
    if (!this.#foreign.includes(registry)) this.#foreign.push(registry);
  }

  /** Everything in the Prometheus text exposition format, what was included too. A registry that fails is left out, and a comment says why. */
  async expose(): Promise<string> {
    const own = this.text();
    const texts = this.#foreign.map(async (registry) => registry.metrics());
    return joinExpositions([own, ...(await Promise.all(texts.map((text) => text.catch(explainMissing))))]);
  }

  /** What this registry itself holds, in the Prometheus text exposition format. */
  text(): string {
    return formatMetrics([...this.#metrics.values(), ...this.#sources.flatMap((source) => [...source()])]);
  }

  #register<M extends Metric>(metric: M): M {
    const there = this.#metrics.get(metric.name);
    if (there === undefined) {
      this.#metrics.set(metric.name, metric);
      return metric;
    }
    const shape = (m: Metric) => [m.type, ...m.labels, ...(m.buckets ?? [])].join(' ');
    if (shape(there) !== shape(metric))
      throw new SdkError('metric_conflict', `metric ${metric.name} is already there as ${shape(there)}, not ${shape(metric)}`);
    return there as M;
  }
}

function explainMissing(error: unknown): string {
  return `# a registry that was included failed: ${describeError(error).replaceAll(/\s+/g, ' ')}\n`;
}
