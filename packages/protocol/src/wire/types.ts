/** Bytes for sending, in one piece or in parts. Big parts are sent as they are and must not change until then. */
export type BytesInit = Uint8Array | readonly Uint8Array[];

/**
 * What may be given to encode a message: every field may be left out, int64 fields take safe integers as well, and bytes
 * fields take parts.
 */
export type Init<T> = T extends bigint
  ? bigint | number
  : T extends string | number | boolean | UnknownField | undefined
    ? T
    : T extends Uint8Array
      ? BytesInit
      : T extends readonly (infer Item)[]
        ? readonly Init<Item>[]
        : { readonly [Key in keyof T]?: Init<T[Key]> | undefined };

/** A message under construction. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A field that this version does not know, kept so that it survives decoding and encoding. */
export interface UnknownField {
  readonly no: number;
  readonly wireType: number;
  /** What follows the tag: a length-delimited field with its length. A view on the received message. */
  readonly data: Uint8Array;
}

/** What every decoded message may carry beside its fields. */
export interface Unknowns {
  /** Fields that this version does not know, in the order of the wire; absent when there are none. */
  readonly $unknown?: readonly UnknownField[] | undefined;
}

/** Map keys to values; a key `__proto__` is an ordinary key. */
export type StringMap<Value = string> = Readonly<Record<string, Value>>;

/** The empty value of bytes fields. Never written to. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Wire types by name. Source: protobuf's encoding page. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;
