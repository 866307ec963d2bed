import { SERVER_ERROR_CODES, type ServerErrorCode } from './codes.ts';
import type { ErrorReply, Fault, ServerErrorRow } from './reply-shapes.ts';

/** Facts about one error; never secrets. `detail` says what was seen and what to do, for the log or the terminal. */
export type ServerErrorFacts = Readonly<Record<string, string | number | undefined>>;

/**
 * Everything that this package throws on purpose.
 *
 * `code` is one of SERVER_ERROR_CODES. `message` is for operators; what a client of the HTTP API reads is in `reply`.
 */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;
  readonly facts: ServerErrorFacts;

  constructor(code: ServerErrorCode, facts: ServerErrorFacts = {}, options: ErrorOptions = {}) {
    super(formatMessage(code, facts), options);
    this.code = code;
    this.facts = facts;
  }

  get fault(): Fault {
    return SERVER_ERROR_CODES[this.code].fault;
  }

  /** The answer to a client, with its text filled in; undefined for errors of the start. */
  get reply(): ErrorReply | undefined {
    const { reply } = SERVER_ERROR_CODES[this.code] as ServerErrorRow;
    return reply === undefined ? undefined : { ...reply, text: fill(reply.text, this.facts) };
  }
}

/** Narrows to a ServerError, with `code` to one of that code. */
export function isServerError(error: unknown, code?: ServerErrorCode): error is ServerError {
  return error instanceof ServerError && (code === undefined || error.code === code);
}

/** The message of whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function formatMessage(code: ServerErrorCode, facts: ServerErrorFacts): string {
  const { description, reply } = SERVER_ERROR_CODES[code] as ServerErrorRow;
  if (facts.detail !== undefined) return String(facts.detail);
  return reply === undefined ? description : `${fill(reply.text, facts).trim()}: ${description}`;
}

function fill(text: string, facts: ServerErrorFacts): string {
  return text.replace(/\{(\w+)\}/g, (_whole, name: string) => String(facts[name] ?? ''));
}
