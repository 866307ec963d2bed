import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { expandMacros } from './macros.ts';

const FROM = Date.UTC(2026, 0, 5, 6);
const TO = Date.UTC(2026, 0, 5, 12);
const CONTEXT = { fromMs: FROM, toMs: TO, intervalMs: 30_000 };

function expand(sql: string): string {
  return expandMacros(sql, CONTEXT).sql;
}

/** Evaluates an SQL expression over one value bound as column `t`. */
function evaluate(expression: string, value: string | number | bigint | null): unknown {
  const database = new DatabaseSync(':memory:');
  try {
    const sql = `SELECT ${expand(expression)} AS r FROM (SELECT ${typeof value === 'string' ? `'${value}'` : value} AS t)`;
    return database.prepare(sql).get()?.r;
  } finally {
    database.close();
  }
}

test('a time filter takes times of every form inside the range, and none outside', () => {
  const inside = [
    FROM,
    FROM / 1000,
    FROM * 1000,
    BigInt(FROM) * 1_000_000n,
    TO,
    '2026-01-05T06:00:00Z',
    '2026-01-05 12:00:00',
    '2026-01-05 08:00',
    '2026-01-05T13:30:00+02:00',
    FROM / 1000 + 0.25,
  ];
  const outside = [
    FROM - 1,
    TO + 1,
    FROM / 1000 - 1,
    TO / 1000 + 1,
    '2026-01-05T05:59:59Z',
    '2026-01-05 12:00:01',
    '2026-01-05',
    '2026-01-05T13:30:00-02:00',
    'a',
    null,
  ];
  for (const value of inside) assert.equal(evaluate('$__timeFilter(t)', value), 1, `${value} lies inside`);
  for (const value of outside) assert.notEqual(evaluate('$__timeFilter(t)', value), 1, `${value} lies outside`);
});

test('a range from 1970 on does not take seconds of the future for milliseconds', () => {
  const { sql } = expandMacros('$__timeFilter(t)', { fromMs: 0, toMs: TO, intervalMs: 1000 });
  const database = new DatabaseSync(':memory:');
  assert.deepEqual({ ...database.prepare(`SELECT ${sql} AS r FROM (SELECT 2500000000 AS t)`).get() }, { r: 0 });
  database.close();
});

test('a time filter tells text from numbers in a column that is declared TEXT', () => {
  const database = new DatabaseSync(':memory:');
  database.exec("CREATE TABLE e (day TEXT); INSERT INTO e VALUES ('1750-06-01'), ('2024-06-01'), ('2030-06-01')");
  const { sql } = expandMacros('$__timeFilter(day)', { fromMs: Date.UTC(2023, 11), toMs: Date.UTC(2026, 9), intervalMs: 1000 });
  const rows = database.prepare(`SELECT day FROM e WHERE ${sql}`).all();
  assert.deepEqual(
    rows.map(({ day }) => day),
    ['2024-06-01'],
  );
  database.close();
});

test('a time filter uses an index', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE e (time TIMESTAMP, v); CREATE INDEX i ON e (time)');
  const plan = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM e WHERE ${expand('$__timeFilter(time)')}`).all();
  assert.ok(
    plan.every(({ detail }) => !String(detail).startsWith('SCAN')),
    JSON.stringify(plan),
  );
  database.close();
});

test('a time group is the start of the interval in milliseconds, before 1970 too', () => {
  const start = Date.UTC(2026, 0, 5, 6, 35);
  for (const value of [start + 299_999, (start + 299_000) / 1000, '2026-01-05 06:39:59', BigInt(start + 5) * 1_000_000n])
    assert.equal(evaluate("$__timeGroup(t, '5m')", value), start, `${value}`);
  assert.equal(evaluate("$__timeGroup(t, '1h')", '1969-12-31 23:30:00'), -3_600_000);
  assert.equal(evaluate("$__timeGroup(t, '1h')", 'no time'), null);
});

test('the interval of a time group may be a macro, a word, bare or quoted', () => {
  for (const interval of ["'30s'", '30s', '$__interval', "'$__interval'", '$__interval_ms', "'$__interval_ms'"])
    assert.equal(expand(`$__timeGroup(t, ${interval})`), expand("$__timeGroup(t, '30s')"), interval);
  assert.equal(expand('$__timeGroup(t, minute)'), expand("$__timeGroup(t, '1m')"));
  assert.equal(expand("$__timeGroup(t, '1h30m')"), expand("$__timeGroup(t, '90m')"));
});

test('a third argument of a time group asks for a fill', () => {
  const fillOf = (arg: string) => expandMacros(`SELECT $__timeGroup(t, '5m', ${arg})`, CONTEXT).fill;
  assert.deepEqual(fillOf('NULL'), { intervalMs: 300_000, mode: 'null' });
  assert.deepEqual(fillOf('previous'), { intervalMs: 300_000, mode: 'previous' });
  assert.deepEqual(fillOf("'0'"), { intervalMs: 300_000, mode: 0 });
  assert.deepEqual(fillOf('-1.5'), { intervalMs: 300_000, mode: -1.5 });
  assert.equal(expandMacros("$__timeGroup(t, '5m')", CONTEXT).fill, undefined);
});

test('the small macros become constants', () => {
  assert.equal(expand('$__timeFrom, $__timeTo()'), `${FROM}, ${TO}`);
  assert.equal(expand('$__interval / $__interval_ms'), '30s / 30000');
  assert.equal(expand('$__unixEpochFilter(ts)'), `(ts BETWEEN ${FROM / 1000} AND ${TO / 1000})`);
  assert.equal(evaluate('$__timeFrom(t) AND $__timeTo(t)', '2026-01-05 07:00:00'), 1);
  assert.match(expand('SELECT $__time(t)'), / AS "time"$/);
});

test('arguments may hold nested parentheses, commas in strings and further macros', () => {
  const sql = expand("$__unixEpochFilter(coalesce(nullif(a, 'x,)y'), min(b, ($__timeFrom))))");
  assert.equal(sql, `(coalesce(nullif(a, 'x,)y'), min(b, (${FROM}))) BETWEEN ${FROM / 1000} AND ${TO / 1000})`);
});

test('strings, quoted names and comments are left alone', () => {
  const sql = 'SELECT \'$__timeFilter(\', "$__x", [$__y], `$__z` -- $__timeFilter(\n/* $__nope( */ FROM t';
  assert.equal(expand(sql), sql);
});

test('a mistake names the macro and its position', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['SELECT *\nFROM t WHERE $__timeFiler(time)', /^macro \$__timeFiler at line 2, column 14 is unknown; there are .*\$__timeFilter,/],
    ['$__timeFilter(time', /^macro \$__timeFilter at line 1, column 1 has no closing parenthesis$/],
    ['SELECT $__timeFilter', /at line 1, column 8 has 0 arguments; write \$__timeFilter\(column\)$/],
    ['$__timeFilter(a, b)', /has 2 arguments; write/],
    ["$__timeGroup(, '5m')", /has an empty argument 1; write/],
    [
      "$__timeGroup(t, '1M')",
      /^macro \$__timeGroup at line 1, column 1 cannot be expanded: interval '1M' is no duration of fixed length .*strftime.*; write \$__timeGroup/,
    ],
    [
      "$__timeGroup(t, '1h', sometimes)",
      /at line 1, column 1 cannot be expanded: fill sometimes is unknown; use NULL, previous or a number; write/,
    ],
    ['$__timeFilter($__constructor)', /\$__constructor at line 1, column 15 is unknown/],
  ];
  for (const [sql, message] of cases) assert.throws(() => expand(sql), { name: 'SdkError', code: 'macro_invalid', message }, sql);
});

test('a macro whose name begins another macro is not confused with it', () => {
  assert.match(expand('$__time(x)'), /AS "time"$/);
  assert.equal(expand('$__interval_ms'), '30000');
});
