/** A number with its original spelling: `1.50`, `1e2` and integers of any length survive. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The value when the spelling is that of a 64-bit integer, as Go's `ParseInt` sees it. */
  toInt64(): bigint | undefined {
    if (!/^-?\d{1,19}$/.test(this.text)) return undefined; // reading millions of digits takes seconds
    const value = BigInt(this.text);
    return BigInt.asIntN(64, value) === value ? value : undefined;
  }

  toDouble(): number {
    return Number(this.text);
  }

  /** For JSON.stringify, where digits beyond a double are lost. */
  toJSON(): number {
    return this.toDouble();
  }
}

/** JSON with exact numbers. Objects have no prototype, so any key is safe. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Narrows to an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/**
 * Makes a look-up of the fields of an object in any case of letters, as Go's decoder does; the exact name counts first.
 * The keys are listed once: an object of a hostile body may have millions.
 */
export function createFieldFinder(object: JsonObject): (name: string) => JsonValue | undefined {
  let keys: readonly string[] | undefined;
  return (name) => {
    const exact = object[name] ?? undefined;
    if (exact !== undefined) return exact;
    keys ??= Object.keys(object);
    const small = name.toLowerCase();
    const found = keys.find((key) => key.length === name.length && key.toLowerCase() === small);
    return found === undefined ? undefined : object[found];
  };
}
