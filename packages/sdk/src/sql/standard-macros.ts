import { formatInterval } from '../time/index.ts';
import type { Macro, Macros, MacroVariables } from './macros.ts';

/** What the standard macros know of their query: a `Query` of a handler is one, with the names from its model. */
export interface SqlMacroContext {
  readonly timeRange: { readonly fromMs: number; readonly toMs: number };
  readonly interval: { readonly ms: number };
  /** What `$__table` and `$__column` stand for. */
  readonly table?: string | undefined;
  readonly column?: string | undefined;
}

/** From the smallest part of a date to the biggest: a group by one of them groups by all that follow as well. */
const dateParts = ['minute', 'hour', 'day', 'month', 'year'];

/**
 * The macros that every SQL data source of Grafana's SDK has, with the same expansions: `interval`, `interval_ms`,
 * `timeFilter`, `timeFrom`, `timeTo`, `timeGroup`, `table`, `column`. Spread them, and replace those that your database
 * writes in another way.
 */
export const standardMacros = {
  interval: value('$__interval', ({ interval }) => formatInterval(interval.ms)),
  interval_ms: value('$__interval_ms', ({ interval }) => `${Math.trunc(interval.ms)}`),
  timeFilter: {
    usage: '$__timeFilter(column)',
    argCounts: [1],
    expand: ([column], { timeRange }) => `${column} >= '${iso(timeRange.fromMs)}' AND ${column} <= '${iso(timeRange.toMs)}'`,
  },
  timeFrom: {
    usage: '$__timeFrom(column)',
    argCounts: [1],
    expand: ([column], { timeRange }) => `${column} >= '${iso(timeRange.fromMs)}'`,
  },
  timeTo: { usage: '$__timeTo(column)', argCounts: [1], expand: ([column], { timeRange }) => `${column} <= '${iso(timeRange.toMs)}'` },
  timeGroup: { usage: '$__timeGroup(column, minute | hour | day | month | year)', argCounts: [2], expand: timeGroup },
  table: { usage: '$__table', argCounts: [0], expand: (_, { table = '' }) => table },
  column: { usage: '$__column', argCounts: [0], expand: (_, { column = '' }) => column },
} as const satisfies Macros<SqlMacroContext>;

/**
 * The ends of the time range as dashboards write them: `${__from}` in epoch milliseconds, `${__from:date:seconds}`,
 * `${__from:date}` and `${__from:date:iso}`, `${__from:date:YYYY-MM-DD}`; `${__to}` likewise, all in UTC. Grafana's frontend
 * replaces them by itself; queries of alert rules come as they were written.
 */
export const timeVariables: MacroVariables<SqlMacroContext> = {
  from: (format, { timeRange }) => formatEnd(timeRange.fromMs, format),
  to: (format, { timeRange }) => formatEnd(timeRange.toMs, format),
};

function formatEnd(ms: number, format: string): string | undefined {
  if (format === '') return `${ms}`;
  const [, wanted] = /^date(?::(.*))?$/s.exec(format) ?? [];
  if (!format.startsWith('date')) return undefined;
  const text = new Date(ms).toISOString();
  if (wanted === undefined || wanted === 'iso') return text;
  if (wanted === 'seconds') return `${Math.floor(ms / 1000)}`;
  const [year, month, day, hour, minute, second, millis] = text.split(/\D/);
  const parts: Readonly<Record<string, string | undefined>> = {
    YYYY: year,
    YY: year?.slice(-2),
    MM: month,
    DD: day,
    HH: hour,
    mm: minute,
    ss: second,
    SSS: millis,
  };
  return wanted.replace(/YYYY|YY|MM|DD|HH|mm|ss|SSS/g, (part) => parts[part] ?? part);
}

function value(usage: string, read: (context: SqlMacroContext) => string): Macro<SqlMacroContext> {
  return { usage, argCounts: [0], inStrings: true, expand: (_, context) => read(context) };
}

function timeGroup([column, part = '']: readonly string[]): string {
  const first = dateParts.indexOf(part);
  if (first < 0) throw new Error(`there is no part ${part} of a date`);
  return dateParts
    .slice(first)
    .map((each) => `datepart(${each}, ${column})`)
    .join(',');
}

/** RFC 3339 to the second, as Go formats it. */
function iso(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, -5)}Z`;
}
