import { type Fault, PROTOCOL_ERRORS } from './messages.ts';

/** The closed set of what can go wrong in this package, apart from call statuses read off the wire (GrpcStatusError). */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/** Every code with whose fault it is. `docs/errors.md` has the same rows. */
export const PROTOCOL_ERROR_CODES: Readonly<Record<ProtocolErrorCode, { readonly fault: Fault }>> = PROTOCOL_ERRORS;

/** What each code tells beside its text. */
export type ProtocolErrorFacts<Code extends ProtocolErrorCode> = Parameters<(typeof PROTOCOL_ERRORS)[Code]['message']>[0];

/**
 * A mistake in what crosses the process border: handshake, environment, messages.
 *
 * `code` says which, `facts` hold its details, `fault` whose it is; the message is ready to be shown.
 */
export class ProtocolError<Code extends ProtocolErrorCode = ProtocolErrorCode> extends Error {
  override readonly name = 'ProtocolError';
  readonly code: Code;
  readonly fault: Fault;
  readonly facts: ProtocolErrorFacts<Code>;

  constructor(code: Code, facts: ProtocolErrorFacts<Code>, options?: ErrorOptions) {
    const { fault, message } = PROTOCOL_ERRORS[code] as { fault: Fault; message: (facts: unknown) => string };
    super(message(facts), options);
    this.code = code;
    this.fault = fault;
    this.facts = facts;
  }
}

/** Narrows an unknown error to a ProtocolError, of one code when that is given. */
export function isProtocolError<Code extends ProtocolErrorCode>(error: unknown, code?: Code): error is ProtocolError<Code> {
  return error instanceof ProtocolError && (code === undefined || error.code === code);
}
