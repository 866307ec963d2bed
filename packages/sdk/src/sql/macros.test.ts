// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of dashboards look like those of templates
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMacros, type Macros, type SqlDialect, scanSql, standardMacros, timeVariables } from './index.ts';

const context = {
  timeRange: { fromMs: Date.UTC(2026, 0, 5, 6), toMs: Date.UTC(2026, 0, 5, 12) },
  interval: { ms: 600_000 },
  table: 'metrics',
};
const standard = defineMacros(standardMacros);
const shout: Macros<unknown> = { say: { usage: '$__say(a[, b])', argCounts: [0, 1, 2], expand: (args) => `<${args.join('|')}>` } };
const say = (sql: string, dialect?: SqlDialect) => defineMacros(shout, dialect && { dialect }).expand(sql, undefined);

test('the standard macros expand as in the SDK for Go', () => {
  const expand = (sql: string) => standard.expand(sql, context);
  assert.equal(expand('$__timeFilter(t)'), "t >= '2026-01-05T06:00:00Z' AND t <= '2026-01-05T12:00:00Z'");
  assert.equal(expand('$__timeFrom(t) $__timeTo(t)'), "t >= '2026-01-05T06:00:00Z' t <= '2026-01-05T12:00:00Z'");
  assert.equal(expand('$__timeGroup(t, day)'), 'datepart(day, t),datepart(month, t),datepart(year, t)');
  assert.equal(expand('$__interval $__interval_ms FROM $__table'), '10m 600000 FROM metrics');
});

test('arguments hold nested parentheses, commas in strings and further macros, at any depth', () => {
  assert.equal(say('$__say(f(a, g(b)), c)'), '<f(a, g(b))|c>');
  assert.equal(say("$__say('a,)(', x)"), "<'a,)('|x>");
  assert.equal(say('$__say(1 /* , ) */)'), '<1 /* , ) */>');
  assert.equal(say('$__say($__say(a, $__say), b)'), '<<a|<>>|b>');
  const depth = 20_000;
  assert.equal(say('('.repeat(depth) + ')'.repeat(depth)).length, 2 * depth);
});

test('a parenthesis belongs to a macro when it follows at once', () => {
  assert.equal(say('$__say (x)'), '<> (x)');
  assert.equal(say('$__say()'), '<>');
});

test('strings, quoted names and comments of each dialect are left alone', () => {
  const alone: readonly (readonly [SqlDialect, string])[] = [
    ['ansi', `'$__say(' "$__say(" -- $__say(`],
    ['ansi', `'it''s $__say('`],
    ['sqlite', '`$__say(` [$__say(] "a""$__say("'],
    ['postgres', `E'\\'$__say(' $tag$ $__say( ' $tag$ $$ $__say( $$`],
    ['postgres', '/* a /* b */ $__say( */'],
    ['mysql', `'\\'$__say(' "\\"$__say(" # $__say(`],
    ['mysql', '-- $__say('],
    ['mssql', '[a]]$__say(] /* /* */ $__say( */'],
    ['ansi', "'$__say( without an end"],
    ['ansi', '/* $__say( without an end'],
  ];
  for (const [dialect, sql] of alone) assert.equal(say(sql, dialect), sql, `${dialect}: ${sql}`);
});

test('what is no comment or string in a dialect does not hide a macro', () => {
  const seen: readonly (readonly [SqlDialect, string])[] = [
    ['ansi', '/* a /* b */ $__say'],
    ['mysql', '5--$__say'],
    ['ansi', '# $__say'],
    ['postgres', "'a\\' $__say"],
  ];
  for (const [dialect, sql] of seen) assert.equal(say(sql, dialect), sql.replace('$__say', '<>'), `${dialect}: ${sql}`);
});

test('an interval is replaced in strings too, as people write it there; other macros are not', () => {
  assert.equal(
    standard.expand("time_bucket('$__interval', t) '$__interval_msx' '$__table'", context),
    "time_bucket('10m', t) '$__interval_msx' '$__table'",
  );
});

test('a mistake is who wrote it, and names the macro and its position', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['SELECT *\nFROM t WHERE $__nope(time)', /^macro \$__nope at line 2, column 14 is unknown; there are \$__interval, /],
    ['$__timeFilter(time', /^macro \$__timeFilter at line 1, column 1 has no closing parenthesis$/],
    ['SELECT $__timeFilter', /at line 1, column 8 has 0 arguments; write \$__timeFilter\(column\)$/],
    ['$__timeFilter(a, b)', /has 2 arguments; write/],
    ['$__timeGroup(, day)', /has an empty argument 1; write/],
    ['$__timeGroup(t, fortnight)', /at line 1, column 1 cannot be expanded: there is no part fortnight of a date; write/],
    ['$__timeFilter($__constructor)', /\$__constructor at line 1, column 15 is unknown/],
  ];
  for (const [sql, message] of cases)
    assert.throws(() => standard.expand(sql, context), { code: 'macro_invalid', status: 400, errorSource: 'downstream', message }, sql);
});

test('the pieces of any text together are the text, in every dialect', () => {
  const pieces = [
    "'",
    '"',
    '`',
    '[',
    ']',
    '$',
    '$__a',
    '$$',
    '$t$',
    '/*',
    '*/',
    '--',
    '#',
    '\n',
    '\\',
    '(',
    ')',
    ',',
    ';',
    ' ',
    'e',
    '?1',
    '@@a',
    '💥',
  ];
  let seed = 1;
  const next = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  for (let round = 0; round < 2000; round++) {
    const sql = Array.from({ length: Math.floor(next() * 20) }, () => pieces[Math.floor(next() * pieces.length)]).join('');
    for (const dialect of ['ansi', 'sqlite', 'postgres', 'mysql', 'mssql'] as const)
      assert.equal(
        scanSql(sql, dialect)
          .map(({ start, end }) => sql.slice(start, end))
          .join(''),
        sql,
        `${dialect}: ${sql}`,
      );
  }
});

test('the ends of the time range are replaced in strings too, in the formats of dashboards', () => {
  const engine = defineMacros(standardMacros, { dialect: 'postgres', variables: timeVariables });
  const expand = (sql: string) => engine.expand(sql, context);
  const { fromMs, toMs } = context.timeRange;
  assert.equal(expand('${__from} ${__to:date:seconds}'), `${fromMs} ${toMs / 1000}`);
  assert.equal(expand("'${__from:date}' '${__to:date:iso}'"), "'2026-01-05T06:00:00.000Z' '2026-01-05T12:00:00.000Z'");
  assert.equal(expand("f('t_${__from:date:YYYYMMDD}', '${__to:date:DD.MM.YY HH:mm:ss.SSS}')"), "f('t_20260105', '05.01.26 12:00:00.000')");
  assert.equal(expand('${__user} -- ${__from}'), '${__user} -- ${__from}');
  assert.throws(() => expand('${__from:week}'), { code: 'macro_invalid', message: /has the unknown format "week" in \$\{__from:week\}/ });
});

test('macros that grow with each nesting end in an error, and so do nestings without end', () => {
  const engine = defineMacros({ twice: { usage: '$__twice(text)', argCounts: [1], expand: ([text]) => `${text} ${text}` } });
  const nest = (depth: number) => `${'$__twice('.repeat(depth)}a${')'.repeat(depth)}`;
  assert.equal(engine.expand(nest(10), undefined).length, 2 ** 11 - 1);
  assert.throws(() => engine.expand(nest(60), undefined), {
    code: 'macro_invalid',
    message: /makes the query longer than 20000000 characters/,
  });
  assert.throws(() => engine.expand(nest(50_000), undefined), {
    code: 'macro_invalid',
    message: /is the argument of more than 100 others/,
  });
  // Each by itself is fine, however many there are.
  assert.equal(engine.expand(`${nest(1)},`.repeat(1000), undefined), 'a a,'.repeat(1000));
});
