/**
 * What a piece of SQL is, as far as macros and guards need to know.
 * `quoted` is a string or a quoted identifier; `parameter` is one of SQLite's placeholders (`?`, `?1`, `:a`, `@a`, `$a`).
 */
export type SqlTokenKind =
  | 'word'
  | 'space'
  | 'comment'
  | 'quoted'
  | 'macro'
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

const SINGLE: Readonly<Record<string, SqlTokenKind>> = { '(': 'open', ')': 'close', ',': 'comma', ';': 'semicolon' };

// Sticky patterns in the order in which they are tried. Unclosed strings and comments run to the end of the text, as in SQLite's tokenizer.
const PATTERNS: readonly (readonly [SqlTokenKind, RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['quoted', /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)/y],
  ['macro', /\$__[A-Za-z_]\w*/y],
  ['parameter', /\?\d*|[:@$][A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['word', /[\w\u0080-\uffff][\w$.\u0080-\uffff]*/y],
];

/** Cuts SQL into pieces that together are the whole text. Never fails: what it does not know is `other`. */
export function scanSql(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let start = 0; start < sql.length; ) {
    const [kind, end] = matchAt(sql, start);
    tokens.push({ kind, start, end });
    start = end;
  }
  return tokens;
}

function matchAt(sql: string, start: number): readonly [SqlTokenKind, number] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    if (pattern.test(sql)) return [kind, pattern.lastIndex];
  }
  return [SINGLE[sql[start] ?? ''] ?? 'other', start + 1];
}
