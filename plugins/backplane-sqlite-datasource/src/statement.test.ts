import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSingleStatement } from './statement.ts';

test('one statement may end in a semicolon, blanks and comments', () => {
  assert.doesNotThrow(() => assertSingleStatement("SELECT ';' AS a; -- done; really\n /* ; */ ;"));
});

test('a second statement is refused with its position', () => {
  assert.throws(() => assertSingleStatement('SELECT 1;\n  DROP TABLE t'), {
    code: 'query_invalid',
    message: 'one statement per query: a second one starts at line 2, column 3',
  });
});

test('the body of a trigger may hold semicolons', () => {
  assert.doesNotThrow(() => assertSingleStatement('CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; DELETE FROM v; END'));
});

test('a text without a statement is refused', () => {
  for (const sql of ['', '  \n', '-- nothing', ';'])
    assert.throws(() => assertSingleStatement(sql), { code: 'query_invalid', message: /no statement/ });
});

test('a placeholder without a value is refused instead of reading as NULL', () => {
  for (const name of ['?', '?1', ':room', '@room', '$room'])
    assert.throws(() => assertSingleStatement(`SELECT 1 WHERE 'a' = ${name}`), {
      code: 'query_invalid',
      message: new RegExp(`^placeholder \\${name} at line 1, column 22 has no value`),
    });
  assert.doesNotThrow(() => assertSingleStatement("SELECT '?', ':a', \"$b\", [@c], a->>'$.d' FROM t"));
});
