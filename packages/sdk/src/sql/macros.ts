import { describeError } from '../classify-error.ts';
import { SdkError } from '../errors.ts';
import type { SqlDialect } from './dialects.ts';
import { describePosition, type SqlToken, scanSql } from './scan.ts';

/** One macro: how it is written, and what it becomes. */
export interface Macro<Context> {
  /** As documentation and errors show it: `$__timeFilter(column)`, `$__timeGroup(column, interval[, fill])`. */
  readonly usage: string;
  /** How many arguments it may have. */
  readonly argCounts: readonly number[];
  /**
   * True for values that people write into strings, as in `time_bucket('$__interval', t)`: they are replaced there as
   * well. All other macros are left alone in strings, quoted names and comments.
   */
  readonly inStrings?: boolean;
  /**
   * The SQL that stands for it. Arguments are trimmed, with their own macros expanded.
   *
   * What it throws becomes the query's error, with the position added.
   */
  readonly expand: (args: readonly string[], context: Context) => string;
}

/** Macros by their name after `$__`. */
export type Macros<Context> = Readonly<Record<string, Macro<Context>>>;

/**
 * Variables by their name in `${__name}` or `${__name:format}`: what stands for one, undefined for a format that it
 * does not have. They are replaced in strings as well, since that is where they are written.
 */
export type MacroVariables<Context> = Readonly<Record<string, (format: string, context: Context) => string | undefined>>;

/** How macros are read. */
export interface MacroOptions<Context> {
  /** How the database writes SQL; `ansi` unless given. */
  readonly dialect?: SqlDialect | undefined;
  readonly variables?: MacroVariables<Context> | undefined;
}

/** Expands the macros of queries. */
export interface MacroEngine<Context> {
  /**
   * The query without macros.
   *
   * @throws SdkError `macro_invalid` naming the macro and its position
   */
  expand(sql: string, context: Context): string;
}

/**
 * Makes an engine of macros.
 *
 * The text is read as the dialect reads it, so parentheses, commas and macros in strings and comments mean nothing;
 * arguments may hold further macros. A parenthesis belongs to a macro when it follows at once.
 */
export function defineMacros<Context>(
  macros: Macros<Context>,
  { dialect = 'ansi', variables = {} }: MacroOptions<Context> = {},
): MacroEngine<Context> {
  return { expand: (sql, context) => new Expansion({ sql, context, macros, dialect, variables }).run() };
}

/** Macros that repeat their argument, each in the argument of another, would double the text with each level. */
const maxExpandedChars = 20_000_000;
const maxDepth = 100;

interface ExpansionOptions<Context> {
  readonly sql: string;
  readonly context: Context;
  readonly macros: Macros<Context>;
  readonly dialect: SqlDialect;
  readonly variables: MacroVariables<Context>;
}

class Expansion<Context> {
  readonly #options: ExpansionOptions<Context>;
  readonly #tokens: readonly SqlToken[];
  /** The end of the argument list that opens at a token, so that nesting costs one look at each. */
  readonly #argumentsOf: ReadonlyMap<number, ArgumentList>;
  /** What all macros together have become so far. */
  #expandedChars = 0;
  #depth = 0;

  constructor(options: ExpansionOptions<Context>) {
    this.#options = options;
    this.#tokens = scanSql(options.sql, options.dialect);
    this.#argumentsOf = findArguments(this.#tokens);
  }

  run(): string {
    return this.#expandRange(0, this.#tokens.length);
  }

  #expandRange(first: number, end: number): string {
    let text = '';
    for (let index = first; index < end; ) {
      const token = this.#tokens[index] as SqlToken;
      index++;
      if (token.kind === 'macro') {
        const list = this.#argumentsOf.get(index);
        text += this.#expandMacro(token, this.#readArguments(token, index, list));
        if (list !== undefined) index = list.close + 1;
      } else if (token.kind === 'quoted') text += this.#expandQuoted(token);
      else text += token.kind === 'variable' ? this.#expandVariables(token) : this.#textOf(token);
    }
    return text;
  }

  #readArguments(token: SqlToken, open: number, list: ArgumentList | undefined): readonly string[] {
    if (this.#tokens[open]?.kind !== 'open') return [];
    if (list === undefined) throw this.#error(token, 'has no closing parenthesis');
    if (++this.#depth > maxDepth) throw this.#error(token, `is the argument of more than ${maxDepth} others`);
    let start = open + 1;
    const args = [...list.commas, list.close].map((end) => {
      const text = this.#expandRange(start, end).trim();
      start = end + 1;
      return text;
    });
    this.#depth--;
    return args.length === 1 && args[0] === '' ? [] : args;
  }

  #expandMacro(token: SqlToken, args: readonly string[]): string {
    const { macros, context } = this.#options;
    const name = this.#textOf(token).slice('$__'.length);
    const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
    if (macro === undefined) {
      const known = Object.keys(macros).map((each) => `$__${each}`);
      throw this.#error(token, `is unknown; there are ${known.join(', ')}`);
    }
    if (!macro.argCounts.includes(args.length))
      throw this.#error(token, `has ${args.length === 1 ? '1 argument' : `${args.length} arguments`}; write ${macro.usage}`);
    const empty = args.indexOf('');
    if (empty >= 0) throw this.#error(token, `has an empty argument ${empty + 1}; write ${macro.usage}`);
    let text: string;
    try {
      text = macro.expand(args, context);
    } catch (error) {
      throw this.#error(token, `cannot be expanded: ${describeError(error)}; write ${macro.usage}`, { cause: error });
    }
    this.#expandedChars += text.length;
    if (this.#expandedChars > maxExpandedChars) throw this.#error(token, `makes the query longer than ${maxExpandedChars} characters`);
    return text;
  }

  #expandQuoted(token: SqlToken): string {
    const { macros, context } = this.#options;
    return this.#expandVariables(token).replace(/\$__([A-Za-z_]\w*)(?!\w|\()/g, (text, name: string) => {
      const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
      return macro?.inStrings === true ? macro.expand([], context) : text;
    });
  }

  #expandVariables(token: SqlToken): string {
    const { variables, context } = this.#options;
    return this.#textOf(token).replace(/\$\{__([A-Za-z_]\w*)(?::([^{}]*))?\}/g, (text, name: string, format = '') => {
      if (!Object.hasOwn(variables, name)) return text;
      const value = variables[name]?.(format, context);
      if (value === undefined) throw this.#error(token, `has the unknown format ${JSON.stringify(format)} in ${text}`);
      return value;
    });
  }

  #textOf({ start, end }: SqlToken): string {
    return this.#options.sql.slice(start, end);
  }

  #error(token: SqlToken, problem: string, options?: ErrorOptions): SdkError {
    const where = describePosition(this.#options.sql, token.start);
    return new SdkError('macro_invalid', `macro ${this.#textOf(token)} at ${where} ${problem}`, options);
  }
}

/** The commas that part arguments, and the closing parenthesis: numbers of tokens. */
interface ArgumentList {
  readonly commas: readonly number[];
  readonly close: number;
}

/** The argument lists by the token that opens them; a parenthesis that nobody closes has none. */
function findArguments(tokens: readonly SqlToken[]): ReadonlyMap<number, ArgumentList> {
  const lists = new Map<number, ArgumentList>();
  const open: { readonly at: number; readonly commas: number[] }[] = [];
  for (const [at, { kind }] of tokens.entries()) {
    if (kind === 'open') open.push({ at, commas: [] });
    else if (kind === 'comma') open.at(-1)?.commas.push(at);
    else if (kind === 'close') {
      const list = open.pop();
      if (list !== undefined && tokens[list.at - 1]?.kind === 'macro') lists.set(list.at, { commas: list.commas, close: at });
    }
  }
  return lists;
}
