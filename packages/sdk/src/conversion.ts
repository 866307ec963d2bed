import type { Bivariant } from './bivariant.ts';
import type { RequestContext } from './context.ts';
import type { JsonObject } from './schema.ts';

/** An object as it is stored. */
export interface StoredObject {
  readonly contentType: string;
  /** A view that is gone after the call. */
  readonly bytes: Uint8Array;
}

/** Objects that are wanted in another version. */
export interface ConversionRequest {
  readonly objects: readonly StoredObject[];
  readonly target: { readonly group: string; readonly version: string };
}

/** Converts objects between versions: as many as were given, in their order. Each is bytes, or anything that JSON can write. */
export type ConversionHandler = Bivariant<
  (request: ConversionRequest, context: RequestContext) => readonly unknown[] | Promise<readonly unknown[]>
>;

/** Converts queries that older versions of the plugin saved into those of today, in their order. */
export type QueryConversionHandler = Bivariant<
  (queries: readonly JsonObject[], context: RequestContext) => readonly unknown[] | Promise<readonly unknown[]>
>;
