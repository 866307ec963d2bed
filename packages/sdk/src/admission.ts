import type { Bivariant } from './bivariant.ts';
import type { RequestContext } from './context.ts';

/** Names a kind of object. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** An object that is about to be stored, changed or deleted. */
export interface AdmissionRequest {
  readonly operation: 'create' | 'update' | 'delete';
  readonly kind: GroupVersionKind;
  /** The object as bytes, JSON in most cases; empty when it is deleted. A view that is gone after the call. */
  readonly object: Uint8Array;
  /** The object as it was; empty when it is created. */
  readonly oldObject: Uint8Array;
}

/** What is said of an object. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  /** Why it is not allowed, for who asked. */
  readonly message?: string | undefined;
  /** HTTP-like status of a refusal; 400 unless given. */
  readonly status?: number | undefined;
  /** Shown to who asked, allowed or not; Kubernetes cuts texts of more than 120 characters. */
  readonly warnings?: readonly string[] | undefined;
}

/** Says which objects of the plugin may be stored, and completes them. They are asked before there is an instance. */
export interface AdmissionHandlers {
  /** True for allowed. A throw is the error of the call: a refusal is an answer. */
  readonly validate?: Bivariant<
    (request: AdmissionRequest, context: RequestContext) => boolean | AdmissionAnswer | Promise<boolean | AdmissionAnswer>
  >;
  /** The object that is stored instead: bytes, or anything that JSON can write. */
  readonly mutate?: Bivariant<(request: AdmissionRequest, context: RequestContext) => MutationAnswer | Promise<MutationAnswer>>;
}

/** An allowed object as it is to be stored, or a refusal. */
export type MutationAnswer =
  | (AdmissionAnswer & { readonly allowed: false })
  | { readonly allowed: true; readonly object: unknown; readonly warnings?: readonly string[] | undefined };
