/** How a database writes SQL, as far as macros must know: comments, strings, quoted names and placeholders. */
export type SqlDialect = 'ansi' | 'sqlite' | 'postgres' | 'mysql' | 'mssql';

/** The lexical rules of one dialect: sticky patterns, without matches of nothing. */
export interface DialectRules {
  readonly lineComment: RegExp;
  /** Block comments may stand in each other. */
  readonly nestedComments: boolean;
  /** Strings and quoted names. Those without an end run to the end of the text. */
  readonly quoted: RegExp;
  /** Placeholders and variables of the database itself; undefined when it has none that would be taken for something else. */
  readonly parameter: RegExp | undefined;
}

const single = `'[^']*(?:''[^']*)*(?:'|$)`;
const double = `"[^"]*(?:""[^"]*)*(?:"|$)`;
const backtick = '`[^`]*(?:``[^`]*)*(?:`|$)';
const bracket = String.raw`\[[^\]]*(?:\]\][^\]]*)*(?:\]|$)`;
const escaped = (quote: string) => String.raw`${quote}(?:[^${quote}\\]|\\[\s\S])*(?:${quote}|$)`;
const word = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
/** `$tag$ … $tag$`; a tag never begins as macros do. */
const dollarQuoted = String.raw`\$((?!__)[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$(?![\s\S]))`;

/** The rules of each dialect. */
export const dialects: Readonly<Record<SqlDialect, DialectRules>> = {
  ansi: { lineComment: /--[^\n]*/y, nestedComments: false, quoted: sticky(single, double), parameter: undefined },
  sqlite: {
    lineComment: /--[^\n]*/y,
    nestedComments: false,
    // SQLite closes brackets at the first one.
    quoted: sticky(single, double, backtick, String.raw`\[[^\]]*(?:\]|$)`),
    parameter: sticky(String.raw`\?\d*`, `[:@$]${word}`),
  },
  postgres: {
    lineComment: /--[^\n]*/y,
    nestedComments: true,
    quoted: sticky(`[eE]${escaped("'")}`, single, double, dollarQuoted),
    parameter: sticky('[$]\\d+'),
  },
  mysql: {
    // Two dashes begin a comment only before a blank: `5--3` is a sum.
    lineComment: /#[^\n]*|--(?=[\s]|$)[^\n]*/y,
    nestedComments: false,
    quoted: sticky(escaped("'"), escaped('"'), backtick),
    parameter: sticky(String.raw`\?`, `@{1,2}${word}`),
  },
  mssql: { lineComment: /--[^\n]*/y, nestedComments: true, quoted: sticky(single, double, bracket), parameter: sticky(`@{1,2}${word}`) },
};

function sticky(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'y');
}
