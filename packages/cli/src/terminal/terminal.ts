/** Where a command reads and writes. Tests hand in their own. */
export interface Terminal {
  /** Results: what another program would read. */
  out(text: string): void;
  /** Everything for people: notes, logs, errors. */
  err(text: string): void;
  /** Width to fit tables into, undefined when the output is no terminal. */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user wants to end the command. */
  readonly signal: AbortSignal;
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command was called in a wrong way; the message says how to call it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
