const FIRST_CAPACITY = 256;

/** What a column holds so far: typed as long as all values are bigints, or all numbers; loose otherwise. */
export type Collected =
  | { readonly kind: 'empty' }
  | { readonly kind: 'integers'; readonly values: BigInt64Array<ArrayBuffer> }
  | { readonly kind: 'reals'; readonly values: Float64Array<ArrayBuffer> }
  | { readonly kind: 'loose'; readonly values: unknown[] };

/** Gathers the values of one result column; a million integers cost 8 MB, not a million objects. */
export class ColumnCollector {
  #state: Collected = { kind: 'empty' };
  /** 1 for each null row. */
  #nulls = new Uint8Array(FIRST_CAPACITY);
  #hasNull = false;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Null and undefined are null. */
  push(value: unknown): void {
    const row = this.#length++;
    if (row >= this.#nulls.length) this.#nulls = grow(this.#nulls, Uint8Array);
    const isNull = value === null || value === undefined;
    if (isNull) {
      this.#nulls[row] = 1;
      this.#hasNull = true;
    }
    this.#store(row, isNull ? null : value);
  }

  /** The values, cut to length, and the null marks when there is a null. */
  finish(): { readonly state: Collected; readonly nulls: Uint8Array | undefined } {
    const state = this.#state;
    const cut: Collected =
      state.kind === 'integers' || state.kind === 'reals'
        ? ({ kind: state.kind, values: state.values.subarray(0, this.#length) } as Collected)
        : state;
    return { state: cut, nulls: this.#hasNull ? this.#nulls.subarray(0, this.#length) : undefined };
  }

  /** The values one by one; null where there is none. */
  toArray(): unknown[] {
    const { state, nulls } = this.finish();
    if (state.kind === 'loose') return state.values;
    if (state.kind === 'empty') return new Array(this.#length).fill(null);
    return Array.from(state.values as ArrayLike<unknown>, (value, row) => (nulls?.[row] === 1 ? null : value));
  }

  #store(row: number, value: unknown): void {
    if (this.#state.kind === 'empty') {
      if (value === null) return;
      this.#state = this.#firstState(row, value);
    }
    const state = this.#state;
    if (state.kind === 'integers' && (value === null || isInt64(value))) {
      const values = row < state.values.length ? state.values : grow(state.values, BigInt64Array);
      values[row] = value ?? 0n;
      if (values !== state.values) this.#state = { kind: 'integers', values };
    } else if (state.kind === 'reals' && (value === null || typeof value === 'number')) {
      const values = row < state.values.length ? state.values : grow(state.values, Float64Array);
      values[row] = value ?? 0;
      if (values !== state.values) this.#state = { kind: 'reals', values };
    } else {
      this.#loosen(row)[row] = value;
    }
  }

  #firstState(row: number, value: unknown): Collected {
    const capacity = Math.max(FIRST_CAPACITY, this.#nulls.length);
    if (isInt64(value)) return { kind: 'integers', values: new BigInt64Array(capacity) };
    if (typeof value === 'number') return { kind: 'reals', values: new Float64Array(capacity) };
    return { kind: 'loose', values: new Array<unknown>(row).fill(null) };
  }

  #loosen(row: number): unknown[] {
    if (this.#state.kind === 'loose') return this.#state.values;
    const values: unknown[] = [];
    for (let at = 0; at < row; at++)
      values.push(this.#nulls[at] === 1 || this.#state.kind === 'empty' ? null : (this.#state.values[at] ?? null));
    this.#state = { kind: 'loose', values };
    return values;
  }
}

function isInt64(value: unknown): value is bigint {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
}

interface GrowableArray {
  readonly length: number;
  set(source: this): void;
}

function grow<Values extends GrowableArray>(values: Values, create: new (length: number) => Values): Values {
  const larger = new create(values.length * 2);
  larger.set(values);
  return larger;
}
