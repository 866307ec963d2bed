import type { FieldConfig, Labels } from '../model/index.ts';
import type { Series } from './series.ts';

/** One labelled number. */
export interface LabelledNumber {
  /** Name of the value field. */
  readonly name: string;
  readonly labels: Labels;
  /** Null when the cell is null, or when the frame has no row. */
  readonly value: number | null;
  /** Display hints of the value field. */
  readonly config: FieldConfig | undefined;
}

/** What frames come down to. */
export type Items =
  | { readonly kind: 'none' }
  | { readonly kind: 'series'; readonly series: Iterable<Series> }
  | { readonly kind: 'numbers'; readonly numbers: LabelledNumber[] };

/** What Grafana does for some data sources only, with frames that say no type. */
export interface ReadOptions {
  /** Leave out frames that are no time series, instead of refusing them (Grafana: InfluxDB). */
  readonly skipOthers?: boolean | undefined;
  /** Read frames of two fields and one row as numbers when `meta.custom.resultType` is `vector` (Grafana: Prometheus). */
  readonly vectors?: boolean | undefined;
  /** Give series without labels their name as this label when that tells all of them apart (Grafana: Graphite, test data). */
  readonly nameLabel?: string | undefined;
}
