import { currentScope } from '../call-scope.ts';
import { describeError } from '../classify-error.ts';
import type { Logger } from '../log/index.ts';

/** What a crash needs of the process. */
export interface CrashOptions {
  readonly log: Logger;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/**
 * Deals with an error that nobody caught, thrown or rejected.
 *
 * When a handler's call caused it, it becomes that call's answer; when the work of an instance did, that instance is
 * replaced; and everything else goes on. Otherwise the plugin's state is unknown: it is logged as one line, which a host shows as an error, and the process ends with code 1.
 */
export function reportCrash(error: unknown, origin: string, { log, exit }: CrashOptions): void {
  const scope = currentScope();
  const facts = { error: describeError(error), origin, ...(error instanceof Error ? { stack: error.stack } : {}) };
  if (scope !== undefined) {
    // As an answer it is logged like any other error of a handler.
    if (!scope.fail(error)) scope.context?.log.error('A handler left an error that nobody caught', facts);
    return;
  }
  log.error('The plugin stops: an error that nobody caught and that belongs to no call', facts);
  exit(1);
}
