/** Display hints of a field, as Grafana's panels read them. Keys not listed here survive decoding and encoding. */
export interface FieldConfig {
  readonly displayName?: string;
  readonly displayNameFromDS?: string;
  readonly path?: string;
  readonly description?: string;
  readonly filterable?: boolean;
  readonly writeable?: boolean;
  /** Unit id, such as `celsius` or `bytes`. */
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number | null;
  readonly max?: number | null;
  /** Expected step between values, in ms for times. */
  readonly interval?: number;
  readonly mappings?: readonly ValueMapping[];
  readonly thresholds?: ThresholdsConfig;
  readonly color?: Readonly<Record<string, unknown>>;
  readonly links?: readonly DataLink[];
  /** Shown where there is no value. */
  readonly noValue?: string;
  readonly type?: FieldTypeConfig;
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** How a matched value is shown. */
export interface ValueMappingResult {
  readonly text?: string;
  readonly color?: string;
  /** Order in the editor. */
  readonly index?: number;
}

/** Turns cells into words and colours. */
export type ValueMapping =
  | { readonly type: 'value'; readonly options: Readonly<Record<string, ValueMappingResult>> }
  | {
      readonly type: 'range';
      readonly options: { readonly from?: number | null; readonly to?: number | null; readonly result: ValueMappingResult };
    }
  | {
      readonly type: 'special';
      readonly options: {
        readonly match: 'true' | 'false' | 'null' | 'nan' | 'null+nan' | 'empty';
        readonly result: ValueMappingResult;
      };
    };

/** Limits above which a value changes colour. */
export interface ThresholdsConfig {
  readonly mode: 'absolute' | 'percentage';
  /** Ascending; the first value is null, for minus infinity. */
  readonly steps: readonly { readonly value: number | null; readonly color?: string; readonly state?: string }[];
}

/** Where a click on a cell leads. */
export interface DataLink {
  readonly title?: string;
  readonly targetBlank?: boolean;
  readonly url?: string;
  readonly internal?: InternalDataLink;
}

/** A link into Explore. */
export interface InternalDataLink {
  readonly query?: unknown;
  readonly datasourceUid?: string;
  readonly datasourceName?: string;
  readonly panelsState?: unknown;
  readonly transformations?: readonly {
    readonly type?: 'regex' | 'logfmt';
    readonly field?: string;
    readonly expression?: string;
    readonly mapValue?: string;
  }[];
  /** Times in RFC 3339. */
  readonly timeRange?: { readonly from: string; readonly to: string };
}

/** What only fields of one kind need: the words of an enum. */
export interface FieldTypeConfig {
  readonly enum?: {
    readonly text: readonly string[];
    readonly color?: readonly string[];
    readonly icon?: readonly string[];
    readonly description?: readonly string[];
  };
}
