import { describePosition, scanSql } from '@backplane/sdk/sql';
import { SqliteError } from './errors.ts';

/**
 * Refuses what SQLite would silently ignore or misread: an empty text, a second statement (it would never run),
 * and placeholders without a value (they would read as NULL).
 *
 * @param sql after macros were expanded
 * @throws SqliteError `query_invalid` with the position
 */
export function assertSingleStatement(sql: string): void {
  let started = false;
  let endedAt: number | undefined;
  // The body of a trigger has semicolons of its own.
  const isTrigger = /^\s*create\s+(?:temp\w*\s+)?trigger\b/i.test(sql);
  for (const { kind, start, end } of scanSql(sql, 'sqlite')) {
    if (kind === 'space' || kind === 'comment') continue;
    if (kind === 'parameter') throw unboundParameter(sql, start, end);
    if (kind === 'semicolon') {
      if (started && !isTrigger) endedAt ??= start;
      continue;
    }
    if (endedAt !== undefined)
      throw new SqliteError('query_invalid', `one statement per query: a second one starts at ${describePosition(sql, start)}`);
    started = true;
  }
  if (!started) throw new SqliteError('query_invalid', 'rawSql has no statement; write for example: SELECT 1');
}

function unboundParameter(sql: string, start: number, end: number): SqliteError {
  const name = sql.slice(start, end);
  return new SqliteError(
    'query_invalid',
    `placeholder ${name} at ${describePosition(sql, start)} has no value; dashboard variables are replaced before a query is sent, ` +
      'and macros start with $__',
  );
}
