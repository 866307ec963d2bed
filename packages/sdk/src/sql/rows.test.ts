import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, float64, frame, int64, time, utf8 } from '@backplane/frames';
import {
  createRowCollector,
  frameFromSqlRows,
  mysqlColumn,
  postgresColumn,
  type SqlColumn,
  type SqlFormat,
  shapeRows,
  sqlQueryModel,
} from './index.ts';

const cellsOf = (it: Frame) => Object.fromEntries(it.fields.map((field) => [field.name, [field.kind, field.toArray()]]));

test('columns of PostgreSQL become the kinds of their types', () => {
  const columns = Object.entries({ ok: 16, big: 20, small: 21, n: 23, price: 1700, at: 1184, doc: 3802, id: 2950 }).map(
    ([name, dataTypeID]) => postgresColumn({ name, dataTypeID }),
  );
  const rows = [
    [true, '9223372036854775807', -3, 7, '12.50', new Date(5), { a: 1 }, 'b1c2'],
    [null, null, null, null, null, null, null, null],
  ];
  assert.deepEqual(cellsOf(frameFromSqlRows(columns, rows)), {
    ok: ['bool', [true, null]],
    big: ['int64', [9_223_372_036_854_775_807n, null]],
    small: ['int16', [-3, null]],
    n: ['int32', [7, null]],
    price: ['float64', [12.5, null]],
    at: ['time', [5_000_000n, null]],
    doc: ['json', ['{"a":1}', null]],
    id: ['string', ['b1c2', null]],
  });
});

test('columns of MySQL are signed or not as the flags say', () => {
  const columns = [mysqlColumn({ name: 'a', columnType: 8, flags: 32 }), mysqlColumn({ name: 'b', columnType: 3, flags: 0 })];
  assert.deepEqual(cellsOf(frameFromSqlRows(columns, [{ a: '18446744073709551615', b: -1 }])), {
    a: ['uint64', [18_446_744_073_709_551_615n]],
    b: ['int32', [-1]],
  });
});

test('a value that does not fit what the database said lets the values decide', () => {
  const columns: SqlColumn[] = [
    { name: 'n', kind: 'int16' },
    { name: 't', kind: 'time' },
    { name: 'j', kind: 'json' },
  ];
  const rows = [
    [1, 'soon', '{"a"'],
    [99_999.5, '2026-01-05', null],
  ];
  assert.deepEqual(cellsOf(frameFromSqlRows(columns, rows)), {
    n: ['float64', [1, 99_999.5]],
    t: ['string', ['soon', '2026-01-05']],
    j: ['string', ['{"a"', null]],
  });
});

test('without types the values decide: mixed numbers are real, mixed values are text, no values are text', () => {
  const rows = [
    [1n, 1n, 'x', null],
    [2.5, 2n ** 70n, 1, null],
    [null, null, null, null],
  ];
  const columns = ['mixed', 'huge', 'any', 'none'].map((name) => ({ name }));
  const { mixed, any, none } = cellsOf(
    frameFromSqlRows(
      columns.filter(({ name }) => name !== 'huge'),
      rows.map(([a, , c, d]) => [a, c, d]),
    ),
  );
  assert.deepEqual(
    [mixed, any, none],
    [
      ['float64', [1, 2.5, null]],
      ['string', ['x', '1', null]],
      ['string', [null, null, null]],
    ],
  );
});

test('the type of a column does not depend on whether a null is among its values', () => {
  for (const rows of [
    [[1], [2]],
    [[1], [null]],
  ])
    assert.equal(frameFromSqlRows([{ name: 'a' }], rows).fields[0]?.nullable, true);
});

test('rows are read up to the limit, and a notice says that there were more', () => {
  let read = 0;
  function* rows() {
    for (;;) yield [read++];
  }
  const cut = frameFromSqlRows([{ name: 'a' }], rows(), { rowLimit: 300, meta: { executedQueryString: 'SELECT 1' } });
  assert.equal(cut.length, 300);
  assert.equal(read, 301);
  assert.equal(cut.meta?.executedQueryString, 'SELECT 1');
  const text = 'Results have been limited to 300 because the SQL row limit was reached';
  assert.deepEqual(cut.meta?.notices, [{ severity: 'warning', text }]);
  const collector = createRowCollector([{ name: 'a' }], { rowLimit: 1 });
  assert.deepEqual([collector.push([1]), collector.push([2])], [true, false]);
  assert.equal(frameFromSqlRows([{ name: 'a' }], [[1]], { rowLimit: 1 }).meta, undefined);
});

const rows = frame('', { Time: time.fromMillis([2000, 1000, 1000]), v: int64([3, 1, 2]), host: utf8(['a', 'a', 'b']) });

test('a long table becomes series with labels, sorted', () => {
  const [wide] = shapeRows(rows, { format: 'time_series' });
  assert.equal(wide?.meta?.type, 'timeseries-wide');
  assert.deepEqual(
    wide?.fields.map((field) => [field.labels, field.toArray()]),
    [
      [undefined, [1_000_000_000n, 2_000_000_000n]],
      [{ host: 'a' }, [1n, 3n]],
      [{ host: 'b' }, [2n, null]],
    ],
  );
  const multi = shapeRows(rows, { format: 'multi' });
  assert.deepEqual(
    multi.map((one) => [one.meta?.type, one.length]),
    [
      ['timeseries-multi', 2],
      ['timeseries-multi', 1],
    ],
  );
});

test('a grid adds the steps that have no row, and keeps times between steps', () => {
  const source = frame('', { Time: time.fromMillis([1500, 3000]), v: int64([1, null]) });
  const grid = { intervalMs: 1000, fromMs: 1100, toMs: 3900 };
  const filled = (fill: 'null' | 'previous' | number) => {
    const [wide] = shapeRows(source, { format: 'time_series', grid, fill });
    assert.deepEqual(wide?.fields[0]?.toMillis(), [1000, 1500, 2000, 3000]);
    return wide?.fields[1]?.toArray();
  };
  assert.deepEqual(filled('null'), [null, 1n, null, null]);
  assert.deepEqual(filled('previous'), [null, 1n, 1n, 1n]);
  assert.deepEqual(filled(7), [7n, 1n, 7n, 7n]);
  assert.deepEqual(filled(0.5), [0.5, 1, 0.5, 0.5]);
  assert.throws(() => shapeRows(source, { format: 'time_series', grid: { ...grid, intervalMs: 1e-4 } }), {
    code: 'sql_rows_unfit',
    status: 400,
  });
});

test('logs and traces are tables that say so, and rows that are no series are refused with what is missing', () => {
  assert.equal(shapeRows(rows, { format: 'logs' })[0]?.meta?.preferredVisualisationType, 'logs');
  assert.equal(shapeRows(rows, { format: 'traces' })[0]?.meta?.preferredVisualisationType, 'trace');
  assert.deepEqual(shapeRows(rows, { format: 'table' }), [rows]);
  const noTime = frame('', { v: float64([1]) });
  assert.throws(() => shapeRows(noTime, { format: 'time_series' }), {
    code: 'sql_rows_unfit',
    message: /needs a column of times, and there are v \(float64\)/,
  });
  const nullTime = frame('', { t: time.fromMillis([1, null]), v: float64([1, 2]) });
  assert.throws(() => shapeRows(nullTime, { format: 'multi' }), { code: 'sql_rows_unfit', message: /a time is null/ });
  assert.equal(shapeRows(rows.slice(0, 0), { format: 'time_series' })[0]?.fields.length, 0);
});

test('the query model takes formats and fill modes as Grafana writes them', () => {
  const parse = (query: object) =>
    sqlQueryModel()['~standard'].validate(query) as { value?: { format: SqlFormat; fill: unknown }; issues?: unknown };
  const format = (value: unknown) => parse({ rawSql: 'x', format: value }).value?.format;
  assert.deepEqual([undefined, 0, '1', ' Logs ', 3, 'multi', 'time_series', 'timeseries', ''].map(format), [
    'time_series',
    'time_series',
    'table',
    'logs',
    'traces',
    'multi',
    'time_series',
    'time_series',
    'time_series',
  ]);
  const fill = (fillMode: unknown) => parse({ rawSql: 'x', fillMode }).value?.fill;
  assert.deepEqual([undefined, { Mode: 0 }, { mode: 1 }, { mode: 2, value: 5 }].map(fill), [undefined, 'previous', 'null', 5]);
  assert.deepEqual(parse({ rawSql: 5, format: 'heatmap', fillMode: { mode: 9 } }).issues, [
    { path: ['format'], message: 'is "heatmap"; use time_series, table, logs, traces or multi' },
    { path: ['rawSql'], message: 'is 5; give text' },
    { path: ['fillMode'], message: 'has an unknown mode; 0 is the value before, 1 null, 2 the number in value' },
  ]);
});
