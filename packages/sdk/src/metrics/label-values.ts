import { SdkError } from '../errors.ts';

/** Values for the label names of a metric. */
export type Labels<Name extends string> = { readonly [N in Name]: string };

/** Arguments of a metric's method: labels only when the metric has some. */
export type WithLabels<Name extends string, Rest extends unknown[]> = [Name] extends [never] ? Rest : [labels: Labels<Name>, ...rest: Rest];

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws SdkError `metric_invalid` when Prometheus would not take the name or a label */
export function assertMetricNames(name: string, labels: readonly string[], reserved: readonly string[] = []): void {
  if (!namePattern.test(name)) throw new SdkError('metric_invalid', `metric name "${name}" must match ${namePattern.source}`);
  for (const label of labels)
    if (!labelPattern.test(label) || label.startsWith('__') || reserved.includes(label))
      throw new SdkError('metric_invalid', `metric ${name}: label "${label}" is reserved or does not match ${labelPattern.source}`);
  if (new Set(labels).size !== labels.length) throw new SdkError('metric_invalid', `metric ${name}: a label is named twice`);
}

/**
 * The series of one metric, found by label values.
 *
 * One label (the usual case) is looked up by its value alone; several are joined by a character that text does not hold.
 */
export class SeriesMap<Series> implements Iterable<readonly [values: readonly string[], series: Series]> {
  readonly #metric: string;
  readonly #names: readonly string[];
  readonly #make: () => Series;
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly series: Series }>();

  constructor(metric: string, names: readonly string[], make: () => Series) {
    this.#metric = metric;
    this.#names = names;
    this.#make = make;
    if (names.length === 0) this.#series.set('', { values: [], series: make() });
  }

  /** The series for these labels, made when new. */
  at(labels: Readonly<Record<string, string>> | undefined): Series {
    let key = '';
    for (const name of this.#names) {
      const value = labels?.[name];
      if (value === undefined) throw new SdkError('metric_invalid', `metric ${this.#metric}: label "${name}" has no value`);
      key = key === '' ? String(value) : `${key}\u{10ffff}${value}`;
    }
    return this.#series.get(key)?.series ?? this.#add(key, labels);
  }

  *[Symbol.iterator](): Iterator<readonly [readonly string[], Series]> {
    for (const { values, series } of this.#series.values()) yield [values, series];
  }

  #add(key: string, labels: Readonly<Record<string, string>> | undefined): Series {
    const series = this.#make();
    this.#series.set(key, { values: this.#names.map((name) => String(labels?.[name])), series });
    return series;
  }
}
