/** gRPC status codes by name. Source: gRPC specification, statuscodes.md. */
export const GrpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** A gRPC status code, 0 to 16. */
export type GrpcCode = (typeof GrpcCode)[keyof typeof GrpcCode];

/** Facts that come with a failed call. */
export interface GrpcStatusErrorOptions extends ErrorOptions {
  /** Bytes of a `google.rpc.Status`, from or for the trailer `grpc-status-details-bin`. */
  readonly details?: Uint8Array | undefined;
  /** `wire` when the peer sent this status, `local` when this side made it (deadline, cancel, lost connection). */
  readonly origin?: 'wire' | 'local';
}

/**
 * The final status of a call that did not end with OK.
 *
 * A handler throws it to choose the status that its caller sees; a channel rejects with it.
 */
export class GrpcStatusError extends Error {
  override readonly name = 'GrpcStatusError';
  readonly code: GrpcCode;
  readonly details: Uint8Array | undefined;
  readonly origin: 'wire' | 'local';

  constructor(code: GrpcCode, message: string, options: GrpcStatusErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details;
    this.origin = options.origin ?? 'local';
  }
}

/** Name of a code as the gRPC specification writes it, such as `DEADLINE_EXCEEDED`. */
export function grpcCodeName(code: number): string {
  const name = Object.keys(GrpcCode).find((key) => GrpcCode[key as keyof typeof GrpcCode] === code);
  return name === undefined ? `CODE_${code}` : name.replace(/[A-Z]/g, '_$&').toUpperCase();
}
