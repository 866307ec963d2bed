import { constants, type DatabaseSync } from 'node:sqlite';

/** What SQLite asked for and was denied, so that the error can say it. */
export interface Guard {
  /** Why the statement prepared last was denied; undefined when it was not. */
  readonly denial: string | undefined;
  /** Forgets the last denial. */
  reset(): void;
}

// Pragmas that only report when they have no argument, and those whose argument names what to report.
const REPORTING_PRAGMAS = new Set(
  (
    'application_id collation_list compile_options data_version database_list encoding freelist_count function_list journal_mode ' +
    'module_list page_count page_size pragma_list schema_version table_list user_version'
  ).split(' '),
);
const DESCRIBING_PRAGMAS = new Set(
  'foreign_key_check foreign_key_list index_info index_list index_xinfo integrity_check quick_check table_info table_list table_xinfo'.split(
    ' ',
  ),
);
const DENIED_FUNCTIONS = new Set(['load_extension', 'fts3_tokenizer', 'readfile', 'writefile', 'edit']);

const { SQLITE_OK, SQLITE_DENY } = constants;
const READING = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ, constants.SQLITE_RECURSIVE]);

/**
 * Puts an authorizer on a connection. Opening the file read-only is not enough: ATTACH and VACUUM INTO would still read
 * and write other files, and a transaction left open would outlive its query.
 */
export function guardConnection(database: DatabaseSync, { allowWrites }: { readonly allowWrites: boolean }): Guard {
  let denial: string | undefined;
  database.setAuthorizer((action, first, second) => {
    const reason = READING.has(action) ? undefined : reasonToDeny(action, first ?? '', second, allowWrites);
    denial ??= reason;
    return reason === undefined ? SQLITE_OK : SQLITE_DENY;
  });
  return {
    get denial() {
      return denial;
    },
    reset() {
      denial = undefined;
    },
  };
}

function reasonToDeny(action: number, first: string, second: string | null, allowWrites: boolean): string | undefined {
  switch (action) {
    case constants.SQLITE_FUNCTION:
      return DENIED_FUNCTIONS.has((second ?? '').toLowerCase()) ? `the function ${second} is not available` : undefined;
    case constants.SQLITE_PRAGMA:
      return allowsPragma(first.toLowerCase(), second) ? undefined : `PRAGMA ${first} is not available; only pragmas that report are`;
    case constants.SQLITE_ATTACH:
    case constants.SQLITE_DETACH:
      return 'ATTACH, DETACH and VACUUM are not available: a query sees only the file of its data source';
    case constants.SQLITE_TRANSACTION:
    case constants.SQLITE_SAVEPOINT:
      return 'transactions are not available: every query is one by itself';
    default:
      return allowWrites ? undefined : 'the data source is read-only; its setting allowWrites would permit this';
  }
}

function allowsPragma(name: string, argument: string | null): boolean {
  return DESCRIBING_PRAGMAS.has(name) || (argument === null && REPORTING_PRAGMAS.has(name));
}
