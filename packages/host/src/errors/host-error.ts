import { type Fault, HOST_ERROR_CODES, type HostErrorCode } from './codes.ts';
import type { HostErrorFacts } from './facts.ts';
import { formatHostError } from './messages.ts';
import { visible } from './visible.ts';

/**
 * Everything that this package rejects with.
 *
 * `code` is one of HOST_ERROR_CODES, `facts` belong to the code, `message` is for people and names the next step.
 */
export class HostError<Code extends HostErrorCode = HostErrorCode> extends Error {
  override readonly name = 'HostError';
  readonly code: Code;
  readonly facts: HostErrorFacts[Code];

  constructor(code: Code, facts: HostErrorFacts[Code], options: ErrorOptions = {}) {
    super(visible(formatHostError(code, facts)), options);
    this.code = code;
    this.facts = facts;
  }

  /** Whose fault it is. */
  get fault(): Fault {
    return HOST_ERROR_CODES[this.code].fault;
  }
}

/** Narrows to a HostError, with `code` to one of that code. */
export function isHostError<Code extends HostErrorCode = HostErrorCode>(error: unknown, code?: Code): error is HostError<Code> {
  return error instanceof HostError && (code === undefined || error.code === code);
}

/** The message of whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
