import type { FillMode } from '@backplane/sdk/frames';
import { defineMacros, type Macros } from '@backplane/sdk/sql';
import { formatInterval, parseDuration } from '@backplane/sdk/time';
import { groupSql, rangeCondition, toMillisSql } from './time-sql.ts';

/** The grid that `$__timeGroup(column, interval, fill)` asked for. */
export interface Fill {
  readonly intervalMs: number;
  readonly mode: FillMode;
}

/** What macros know about their query. */
export interface MacroContext {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
}

/** SQL without macros, and the fill that a time group asked for. */
export interface ExpandedSql {
  readonly sql: string;
  readonly fill: Fill | undefined;
}

/**
 * Replaces the macros of a query.
 *
 * @throws SdkError `macro_invalid` naming the macro and its position
 */
export function expandMacros(sql: string, context: MacroContext): ExpandedSql {
  let fill: Fill | undefined;
  // The same group stands in SELECT and GROUP BY; one of them naming the fill is enough.
  const setFill = (wanted: Fill): void => {
    fill ??= wanted;
  };
  return { sql: engine.expand(sql, { ...context, setFill }), fill };
}

type Context = MacroContext & { readonly setFill: (fill: Fill) => void };

/** All macros of this data source, by their name after `$__`. */
export const MACROS: Macros<Context> = {
  time: { usage: '$__time(column)', argCounts: [1], expand: ([column = '']) => `${toMillisSql(column)} AS "time"` },
  timeFilter: {
    usage: '$__timeFilter(column)',
    argCounts: [1],
    expand: ([column = ''], { fromMs, toMs }) => rangeCondition(column, fromMs, toMs),
  },
  unixEpochFilter: {
    usage: '$__unixEpochFilter(column)',
    argCounts: [1],
    expand: ([column], { fromMs, toMs }) => `(${column} BETWEEN ${Math.floor(fromMs / 1000)} AND ${Math.floor(toMs / 1000)})`,
  },
  timeFrom: {
    usage: '$__timeFrom or $__timeFrom(column)',
    argCounts: [0, 1],
    expand: ([column], { fromMs }) => (column === undefined ? `${fromMs}` : `((${toMillisSql(column)}) >= ${fromMs})`),
  },
  timeTo: {
    usage: '$__timeTo or $__timeTo(column)',
    argCounts: [0, 1],
    expand: ([column], { toMs }) => (column === undefined ? `${toMs}` : `((${toMillisSql(column)}) <= ${toMs})`),
  },
  timeGroup: { usage: "$__timeGroup(column, '5m'[, NULL | previous | 0])", argCounts: [2, 3], expand: timeGroup },
  timeGroupAlias: {
    usage: "$__timeGroupAlias(column, '5m'[, NULL | previous | 0])",
    argCounts: [2, 3],
    expand: (args, context) => `${timeGroup(args, context)} AS "time"`,
  },
  interval: { usage: '$__interval', argCounts: [0], inStrings: true, expand: (_, { intervalMs }) => exactInterval(intervalMs) },
  interval_ms: { usage: '$__interval_ms', argCounts: [0], inStrings: true, expand: (_, { intervalMs }) => `${intervalMs}` },
};

const engine = defineMacros(MACROS, { dialect: 'sqlite' });

function timeGroup([column = '', interval = '', fill]: readonly string[], { setFill }: Context): string {
  const intervalMs = parseGroupInterval(interval);
  if (fill !== undefined) setFill({ intervalMs, mode: parseFill(fill) });
  return groupSql(column, intervalMs);
}

const WORDS: Readonly<Record<string, string>> = { second: '1s', minute: '1m', hour: '1h', day: '1d', week: '1w' };

/** Milliseconds. `$__interval_ms` arrives as a bare number. */
function parseGroupInterval(arg: string): number {
  const text = unquote(arg);
  const ms = /^\d+$/.test(text) ? Number(text) : durationMs(WORDS[text.toLowerCase()] ?? text);
  if (ms !== undefined && ms >= 1) return Math.round(ms);
  throw new Error(
    `interval ${arg} is no duration of fixed length such as '30s', '5m', '1h', '1d' or $__interval ` +
      "(for months and years group by strftime('%Y-%m', …))",
  );
}

function durationMs(text: string): number | undefined {
  try {
    return /[My]$/.test(text) ? undefined : parseDuration(text);
  } catch {
    return undefined;
  }
}

function parseFill(arg: string): FillMode {
  const text = unquote(arg);
  if (/^null$/i.test(text)) return 'null';
  if (/^previous$/i.test(text)) return 'previous';
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new Error(`fill ${arg} is unknown; use NULL, previous or a number`);
}

/** As Grafana writes it, unless that would round: a group by the interval has to be one by exactly it. */
function exactInterval(ms: number): string {
  const text = formatInterval(ms);
  return durationMs(text) === ms ? text : `${ms}ms`;
}

function unquote(text: string): string {
  return /^(['"`]).*\1$/s.test(text) ? text.slice(1, -1) : text;
}
