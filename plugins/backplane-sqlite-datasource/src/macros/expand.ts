import { SqliteError } from '../errors.ts';
import { describePosition, type SqlToken, scanSql } from '../sql/index.ts';
import { type Fill, MACROS, type MacroContext } from './definitions.ts';

/** SQL without macros, and the fill that a time group asked for. */
export interface ExpandedSql {
  readonly sql: string;
  readonly fill: Fill | undefined;
}

/**
 * Replaces the macros of a query. Text in strings, quoted identifiers and comments is left alone; arguments may hold
 * nested parentheses, strings and further macros.
 *
 * @throws SqliteError `macro_invalid` naming the macro and its position
 */
export function expandMacros(sql: string, context: MacroContext): ExpandedSql {
  const expander = new Expander(sql, context);
  return { sql: expander.expandAll(), fill: expander.fill };
}

class Expander {
  readonly #sql: string;
  readonly #context: MacroContext;
  readonly #tokens: readonly SqlToken[];
  fill: Fill | undefined;

  constructor(sql: string, context: MacroContext) {
    this.#sql = sql;
    this.#context = context;
    this.#tokens = scanSql(sql);
  }

  expandAll(): string {
    return this.#expandRange(0, this.#tokens.length);
  }

  #expandRange(first: number, end: number): string {
    let text = '';
    for (let index = first; index < end; ) {
      const token = this.#tokens[index]!;
      if (token.kind !== 'macro') {
        text += this.#text(token);
        index++;
        continue;
      }
      const { args, next } = this.#readArguments(index, end);
      text += this.#expandMacro(token, args);
      index = next;
    }
    return text;
  }

  /** Arguments belong to a macro only when the parenthesis follows at once: `$__interval (x)` is an interval and a group. */
  #readArguments(index: number, end: number): { args: readonly string[]; next: number } {
    if (this.#tokens[index + 1]?.kind !== 'open' || index + 1 >= end) return { args: [], next: index + 1 };
    const args: string[] = [];
    let depth = 0;
    let argStart = index + 2;
    for (let at = index + 1; at < end; at++) {
      const { kind } = this.#tokens[at]!;
      if (kind === 'open') depth++;
      if (kind === 'close') depth--;
      if (depth === 0 || (depth === 1 && kind === 'comma')) {
        args.push(this.#expandRange(argStart, at).trim());
        argStart = at + 1;
      }
      if (depth === 0) return { args: args.length === 1 && args[0] === '' ? [] : args, next: at + 1 };
    }
    throw this.#error(this.#tokens[index]!, 'has no closing parenthesis');
  }

  #expandMacro(token: SqlToken, args: readonly string[]): string {
    const name = this.#text(token).slice('$__'.length);
    const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined;
    if (macro === undefined) {
      const known = Object.keys(MACROS).map((each) => `$__${each}`);
      throw this.#error(token, `is unknown; there are ${known.join(', ')}`);
    }
    if (!macro.argCounts.includes(args.length))
      throw this.#error(token, `has ${args.length === 1 ? '1 argument' : `${args.length} arguments`}; write ${macro.usage}`);
    const empty = args.indexOf('');
    if (empty >= 0) throw this.#error(token, `has an empty argument ${empty + 1}; write ${macro.usage}`);
    try {
      return macro.expand({ name, args, context: this.#context, setFill: (fill) => this.#setFill(fill) });
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error;
      throw new SqliteError(error.code, `${error.message}, at ${describePosition(this.#sql, token.start)}`, { cause: error });
    }
  }

  /** The same group stands in SELECT and GROUP BY; one of them naming the fill is enough. */
  #setFill(fill: Fill): void {
    this.fill ??= fill;
  }

  #text({ start, end }: SqlToken): string {
    return this.#sql.slice(start, end);
  }

  #error(token: SqlToken, problem: string): SqliteError {
    return new SqliteError('macro_invalid', `macro ${this.#text(token)} at ${describePosition(this.#sql, token.start)} ${problem}`);
  }
}
