import { SdkError } from '../errors.ts';
import { assertMetricNames, SeriesMap, type WithLabels } from './label-values.ts';

/** What the text exposition needs of a metric. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Present in histograms. */
  readonly buckets?: readonly number[];
  samples(): Iterable<Sample>;
}

/** One line of the exposition: suffix of the name, labels in the metric's order, an extra label, value. */
export interface Sample {
  readonly suffix: string;
  readonly labelValues: readonly string[];
  readonly extra?: readonly [name: string, value: string];
  readonly value: number;
}

/** Counts what only grows. */
export class Counter<Label extends string> implements Metric {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  readonly #series: SeriesMap<{ value: number }>;

  constructor(name: string, help: string, labels: readonly Label[]) {
    assertMetricNames(name, labels);
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#series = new SeriesMap(name, labels, () => ({ value: 0 }));
  }

  /** Adds 1, or a given amount of at least 0. Without labels the amount is the only argument. */
  inc(...args: WithLabels<Label, [by?: number]>): void {
    const [labels, by = 1] = splitArguments(args);
    if (!(by >= 0)) throw new SdkError('metric_invalid', `counter ${this.name} was asked to grow by ${by}`);
    this.#series.at(labels).value += by;
  }

  *samples(): Iterable<Sample> {
    for (const [labelValues, { value }] of this.#series) yield { suffix: '', labelValues, value };
  }
}

/** Shows what goes up and down. */
export class Gauge<Label extends string> implements Metric {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  readonly #series: SeriesMap<{ value: number }>;

  constructor(name: string, help: string, labels: readonly Label[]) {
    assertMetricNames(name, labels);
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#series = new SeriesMap(name, labels, () => ({ value: 0 }));
  }

  set(...args: WithLabels<Label, [value: number]>): void {
    const [labels, value = 0] = splitArguments(args);
    this.#series.at(labels).value = value;
  }

  /** Adds 1, or a given amount, which may be negative. */
  inc(...args: WithLabels<Label, [by?: number]>): void {
    const [labels, by = 1] = splitArguments(args);
    this.#series.at(labels).value += by;
  }

  dec(...args: WithLabels<Label, [by?: number]>): void {
    const [labels, by = 1] = splitArguments(args);
    this.#series.at(labels).value -= by;
  }

  *samples(): Iterable<Sample> {
    for (const [labelValues, { value }] of this.#series) yield { suffix: '', labelValues, value };
  }
}

/** Counts observations in buckets. */
export class Histogram<Label extends string> implements Metric {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  readonly buckets: readonly number[];
  readonly #series: SeriesMap<{ sum: number; readonly counts: Float64Array }>;

  constructor(name: string, help: string, labels: readonly Label[], buckets: readonly number[]) {
    assertMetricNames(name, labels, ['le']);
    if (buckets.length === 0 || buckets.some((bound, i) => !Number.isFinite(bound) || (i > 0 && bound <= (buckets[i - 1] ?? 0))))
      throw new SdkError('metric_invalid', `histogram ${name}: buckets must be finite and ascending`);
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.buckets = buckets;
    this.#series = new SeriesMap(name, labels, () => ({ sum: 0, counts: new Float64Array(buckets.length + 1) }));
  }

  observe(...args: WithLabels<Label, [value: number]>): void {
    const [labels, value = 0] = splitArguments(args);
    const series = this.#series.at(labels);
    const found = this.buckets.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.buckets.length : found;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  }

  *samples(): Iterable<Sample> {
    for (const [labelValues, { sum, counts }] of this.#series) {
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        const bound = this.buckets[i];
        yield { suffix: '_bucket', labelValues, extra: ['le', bound === undefined ? '+Inf' : String(bound)], value: total };
      }
      yield { suffix: '_sum', labelValues, value: sum };
      yield { suffix: '_count', labelValues, value: total };
    }
  }
}

/** Labels, if the first argument is no number, and the number. */
function splitArguments(args: readonly unknown[]): [labels: Readonly<Record<string, string>> | undefined, value: number | undefined] {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return [first as Record<string, string>, second as number | undefined];
  return [undefined, first as number | undefined];
}
