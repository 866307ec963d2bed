import { type DialectRules, dialects, type SqlDialect } from './dialects.ts';

/**
 * What a piece of SQL is. `quoted` is a string or a quoted name, `macro` is `$__name`, `variable` is `${__name:format}`,
 * `parameter` a placeholder of the database.
 */
export type SqlTokenKind =
  | 'word'
  | 'space'
  | 'comment'
  | 'quoted'
  | 'macro'
  | 'variable'
  | 'parameter'
  | 'open'
  | 'close'
  | 'comma'
  | 'semicolon'
  | 'other';

/** One piece: `sql.slice(start, end)`. */
export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly start: number;
  readonly end: number;
}

const singles: Readonly<Record<string, SqlTokenKind>> = { '(': 'open', ')': 'close', ',': 'comma', ';': 'semicolon' };

/** Cuts SQL into pieces that together are the whole text. Never fails: what it does not know is `other`. */
export function scanSql(sql: string, dialect: SqlDialect = 'ansi'): SqlToken[] {
  const rules = dialects[dialect];
  const tokens: SqlToken[] = [];
  for (let start = 0; start < sql.length; ) {
    const [kind, end] = matchAt(sql, start, rules);
    tokens.push({ kind, start, end });
    start = end;
  }
  return tokens;
}

const space = /\s+/y;
const macro = /\$__[A-Za-z_]\w*/y;
const variable = /\$\{__[A-Za-z_]\w*(?::[^{}]*)?\}/y;
const word = /[\w\u0080-\uffff][\w$.\u0080-\uffff]*/y;

function matchAt(sql: string, start: number, rules: DialectRules): readonly [SqlTokenKind, number] {
  if (sql.startsWith('/*', start)) return ['comment', endOfComment(sql, start, rules.nestedComments)];
  const patterns: readonly (readonly [SqlTokenKind, RegExp | undefined])[] = [
    ['space', space],
    ['comment', rules.lineComment],
    ['quoted', rules.quoted],
    ['macro', macro],
    ['variable', variable],
    ['parameter', rules.parameter],
    ['word', word],
  ];
  for (const [kind, pattern] of patterns) {
    if (pattern === undefined) continue;
    pattern.lastIndex = start;
    if (pattern.test(sql)) return [kind, pattern.lastIndex];
  }
  return [singles[sql[start] ?? ''] ?? 'other', start + 1];
}

/** A comment without an end runs to the end of the text. */
function endOfComment(sql: string, start: number, nested: boolean): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  for (let depth = 1; ; ) {
    const found = mark.exec(sql);
    if (found === null) return sql.length;
    if (found[0] === '*/') depth--;
    else if (nested) depth++;
    if (depth === 0) return mark.lastIndex;
  }
}

/** Where an offset lies, for messages: `line 2, column 8`, both counted from 1. */
export function describePosition(sql: string, offset: number): string {
  const before = sql.slice(0, offset);
  return `line ${before.split('\n').length}, column ${offset - before.lastIndexOf('\n')}`;
}
