import { z } from 'zod';

/** `multi` is one frame per series. */
export type QueryFormat = 'table' | 'time_series' | 'multi';

// Names and numbers as Grafana's own SQL data sources store them.
const FORMATS: Readonly<Record<string, QueryFormat>> = {
  table: 'table',
  '1': 'table',
  time_series: 'time_series',
  timeseries: 'time_series',
  '0': 'time_series',
  multi: 'multi',
  'timeseries-multi': 'multi',
  '4': 'multi',
};

const format = z
  .union([z.string(), z.number()])
  .transform((value, check): QueryFormat => {
    const known = FORMATS[`${value}`];
    if (known !== undefined) return known;
    check.issues.push({ code: 'custom', input: value, message: `is ${JSON.stringify(value)}; use table, time_series or multi` });
    return z.NEVER;
  })
  .default('table');

/** A query: its SQL in `rawSql` (or, as some clients send it, in `rawQuery`) and the shape of the answer. */
export const queryModel = z
  .object({ rawSql: z.string().optional(), rawQuery: z.union([z.string(), z.boolean()]).optional(), format })
  .transform(({ rawSql, rawQuery, format: shape }) => ({ sql: rawSql ?? (typeof rawQuery === 'string' ? rawQuery : ''), format: shape }));

/** A validated query. */
export type QueryModel = z.output<typeof queryModel>;
