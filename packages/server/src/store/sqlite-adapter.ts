import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

const maxStatements = 256;

/**
 * Lets kysely's SQLite dialect, which expects another driver's shape, run on `node:sqlite`. Statements are kept for reuse.
 *
 * @param onWrite called after each statement that may have written
 */
export function adaptSqlite(database: DatabaseSync, onWrite: () => void = () => undefined): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      if (statements.size >= maxStatements) statements.clear();
      const statement = adaptStatement(database.prepare(sql), /^\s*select\b/i.test(sql) ? undefined : onWrite);
      statements.set(sql, statement);
      return statement;
    },
    close() {
      statements.clear();
      if (database.isOpen) database.close();
    },
  };
}

function adaptStatement(statement: StatementSync, onWrite: (() => void) | undefined): SqliteStatement {
  const noting = <Result>(result: Result): Result => {
    onWrite?.();
    return result;
  };
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => noting(statement.all(...values(parameters))),
    run: (parameters) => noting(statement.run(...values(parameters))),
    iterate: (parameters) => noting(statement.iterate(...values(parameters)) as IterableIterator<unknown>),
  };
}

function values(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}
