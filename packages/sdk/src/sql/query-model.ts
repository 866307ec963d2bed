import type { FillMode } from '@backplane/frames';
import type { StandardResult, StandardSchema } from '../schema.ts';

// Grafana's names and numbers for formats; its own data sources write time_series, its SDK timeseries.
const formats = {
  time_series: 'time_series',
  timeseries: 'time_series',
  '0': 'time_series',
  table: 'table',
  '1': 'table',
  logs: 'logs',
  '2': 'logs',
  traces: 'traces',
  '3': 'traces',
  multi: 'multi',
  'timeseries-multi': 'multi',
  '4': 'multi',
} as const;

/** The shape of an answer. `time_series` is one wide frame, `multi` a frame for each series. */
export type SqlFormat = (typeof formats)[keyof typeof formats];

/** The query of an SQL data source. */
export interface SqlQuery {
  /** May be empty. */
  readonly rawSql: string;
  readonly format: SqlFormat;
  /** What stands where a series has no row; undefined when the query does not say. */
  readonly fill: FillMode | undefined;
  /** What `$__table`, `$__column` and the plugin's own macros may use. */
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  /** Settings for one connection, as sqlds hands them through: any JSON. */
  readonly connectionArgs: unknown;
}

/**
 * The query model of Grafana's SQL data sources, as a schema for `queries`: `rawSql` (or `rawQuery`, where it is text),
 * `format` as name or number, `fillMode`, `schema`, `table`, `column`, `connectionArgs`.
 *
 * @param defaultFormat of queries that name none; `time_series`, as in Grafana's SDK, unless given
 */
export function sqlQueryModel({
  defaultFormat = 'time_series',
}: {
  readonly defaultFormat?: SqlFormat;
} = {}): StandardSchema<unknown, SqlQuery> {
  return { '~standard': { version: 1, vendor: 'backplane', validate: (value) => parseQuery(value, defaultFormat) } };
}

function parseQuery(value: unknown, defaultFormat: SqlFormat): StandardResult<SqlQuery> {
  const query = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const issues: { message: string; path: [string] }[] = [];
  const refuse = (path: string, message: string): undefined => void issues.push({ message, path: [path] });
  const text = (key: string): string | undefined => {
    const part = query[key];
    if (part === undefined || part === null || typeof part === 'string') return part ?? undefined;
    return refuse(key, `is ${JSON.stringify(part)}; give text`);
  };
  const format = readFormat(query.format, defaultFormat);
  if (format === undefined) refuse('format', `is ${JSON.stringify(query.format)}; use time_series, table, logs, traces or multi`);
  const parsed = {
    rawSql: text('rawSql') ?? (typeof query.rawQuery === 'string' ? query.rawQuery : ''),
    format: format ?? defaultFormat,
    fill: readFill(query.fillMode, (message) => refuse('fillMode', message)),
    schema: text('schema'),
    table: text('table'),
    column: text('column'),
    connectionArgs: query.connectionArgs,
  };
  return issues.length > 0 ? { issues } : { value: parsed };
}

function readFormat(value: unknown, defaultFormat: SqlFormat): SqlFormat | undefined {
  if (value === undefined || value === null || value === '') return defaultFormat;
  const name = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim().toLowerCase() : '';
  return Object.hasOwn(formats, name) ? formats[name as keyof typeof formats] : undefined;
}

/** As Go's struct is written in JSON: `{"Mode": 0 | 1 | 2, "Value": 5}`, in any case. */
function readFill(value: unknown, refuse: (message: string) => undefined): FillMode | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return refuse(`is ${JSON.stringify(value)}; give { mode, value }`);
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key.toLowerCase(), part]));
  const { mode = 0, value: number = 0 } = parts as { mode?: unknown; value?: unknown };
  if (mode === 0) return 'previous';
  if (mode === 1) return 'null';
  if (mode === 2 && typeof number === 'number') return number;
  return refuse('has an unknown mode; 0 is the value before, 1 null, 2 the number in value');
}
