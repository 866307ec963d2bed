import { SqliteError } from '../errors.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { groupSql, rangeCondition, toMillisSql } from './time-sql.ts';

/** How the gaps of a grouped series are filled. */
export type FillMode = { readonly kind: 'null' } | { readonly kind: 'previous' } | { readonly kind: 'value'; readonly value: number };

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

/** One use of a macro in a query. */
export interface MacroCall {
  readonly name: string;
  /** Expanded and trimmed. */
  readonly args: readonly string[];
  readonly context: MacroContext;
  /** Remembers a fill for the time series conversion. */
  readonly setFill: (fill: Fill) => void;
}

/** A macro: its arguments and what it becomes. */
export interface MacroDefinition {
  /** As documented and as shown in errors. */
  readonly usage: string;
  readonly argCounts: readonly number[];
  readonly expand: (call: MacroCall) => string;
}

/** All macros of this data source, by their name after `$__`. */
export const MACROS: Readonly<Record<string, MacroDefinition>> = {
  time: { usage: '$__time(column)', argCounts: [1], expand: ({ args }) => `${toMillisSql(args[0]!)} AS "time"` },
  timeFilter: {
    usage: '$__timeFilter(column)',
    argCounts: [1],
    expand: ({ args, context }) => rangeCondition(args[0]!, context.fromMs, context.toMs),
  },
  unixEpochFilter: {
    usage: '$__unixEpochFilter(column)',
    argCounts: [1],
    expand: ({ args, context }) => `(${args[0]} BETWEEN ${Math.floor(context.fromMs / 1000)} AND ${Math.floor(context.toMs / 1000)})`,
  },
  timeFrom: {
    usage: '$__timeFrom or $__timeFrom(column)',
    argCounts: [0, 1],
    expand: ({ args, context }) => (args[0] === undefined ? `${context.fromMs}` : `((${toMillisSql(args[0])}) >= ${context.fromMs})`),
  },
  timeTo: {
    usage: '$__timeTo or $__timeTo(column)',
    argCounts: [0, 1],
    expand: ({ args, context }) => (args[0] === undefined ? `${context.toMs}` : `((${toMillisSql(args[0])}) <= ${context.toMs})`),
  },
  timeGroup: { usage: "$__timeGroup(column, '5m'[, NULL | previous | 0])", argCounts: [2, 3], expand: timeGroup },
  timeGroupAlias: {
    usage: "$__timeGroupAlias(column, '5m'[, NULL | previous | 0])",
    argCounts: [2, 3],
    expand: (call) => `${timeGroup(call)} AS "time"`,
  },
  interval: { usage: '$__interval', argCounts: [0], expand: ({ context }) => formatDuration(context.intervalMs) },
  interval_ms: { usage: '$__interval_ms', argCounts: [0], expand: ({ context }) => `${context.intervalMs}` },
};

function timeGroup({ name, args, context, setFill }: MacroCall): string {
  const intervalMs = parseInterval(name, args[1]!, context);
  const fill = args[2];
  if (fill !== undefined) setFill({ intervalMs, mode: parseFill(name, fill) });
  return groupSql(args[0]!, intervalMs);
}

function parseInterval(name: string, arg: string, context: MacroContext): number {
  const text = unquote(arg);
  // Inside quotes macros are left alone; here the quotes only wrap a duration.
  if (text === '$__interval') return context.intervalMs;
  const ms = text === '$__interval_ms' ? context.intervalMs : (parseDuration(text) ?? wholeMilliseconds(text));
  if (ms !== undefined) return ms;
  throw new SqliteError(
    'macro_invalid',
    `$__${name}: interval ${arg} is no duration; write one of fixed length such as '30s', '5m', '1h', '1d' or $__interval ` +
      "(for months and years group by strftime('%Y-%m', …))",
  );
}

/** `$__interval_ms` arrives expanded, as a bare number. */
function wholeMilliseconds(text: string): number | undefined {
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function parseFill(name: string, arg: string): FillMode {
  const text = unquote(arg);
  if (/^null$/i.test(text)) return { kind: 'null' };
  if (/^previous$/i.test(text)) return { kind: 'previous' };
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return { kind: 'value', value };
  throw new SqliteError('macro_invalid', `$__${name}: fill ${arg} is unknown; use NULL, previous or a number`);
}

function unquote(text: string): string {
  return /^(['"`]).*\1$/s.test(text) ? text.slice(1, -1) : text;
}
