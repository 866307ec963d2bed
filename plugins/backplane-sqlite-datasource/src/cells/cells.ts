/**
 * One column of a result while it is worked on. `nulls` has a 1 for every null row and is absent when there is none;
 * the value stored there means nothing. Times are epoch nanoseconds; booleans are 0 or 1.
 */
export type Cells = { readonly name: string; readonly length: number; readonly nulls: Uint8Array | undefined } & CellValues;

/** The values by kind, as far as SQLite needs kinds. */
export type CellValues =
  | { readonly kind: 'time' | 'int64'; readonly values: BigInt64Array }
  | { readonly kind: 'float64'; readonly values: Float64Array }
  | { readonly kind: 'bool'; readonly values: Uint8Array }
  | { readonly kind: 'string' | 'json'; readonly values: readonly (string | null)[] };

/** What node:sqlite hands out with big integers switched on. */
export type SqliteValue = bigint | number | string | Uint8Array | null;
