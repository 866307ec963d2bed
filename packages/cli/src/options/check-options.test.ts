import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../terminal/index.ts';
import { checkOptions, collectValues } from './index.ts';

const ARGS = {
  folder: { type: 'positional' },
  settings: { type: 'string', valueHint: 'FILE' },
  header: { type: 'string' },
  json: { type: 'boolean' },
} as const;

test('options as they should be pass', () => {
  for (const args of [
    [],
    ['x', '--settings', 'a.json', '--json'],
    ['--settings=--odd', 'x'],
    ['--header', '-1'],
    ['--help'],
    ['--', '--json'],
  ])
    assert.doesNotThrow(() => checkOptions(ARGS, args), args.join(' '));
});

test('mistakes say what was meant', () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--setings', 'x'], /^unknown option --setings; did you mean --settings\?$/],
    [['--zzzzzz'], /^unknown option --zzzzzz; there are --settings, --header, --json, --help$/],
    [['-x'], /^unknown option -x/],
    [['--settings'], /^--settings needs a value: --settings FILE$/],
    [['--settings', '--json'], /^--settings needs a value/],
    [['--json=yes'], /^--json is a switch and takes no value, but has "yes"$/],
    [['a', 'b'], /^"b" is one word too many$/],
  ];
  for (const [args, message] of cases)
    assert.throws(
      () => checkOptions(ARGS, args),
      (error) => error instanceof UsageError && message.test(error.message),
      args.join(' '),
    );
});

test('an option that stands several times keeps all its values', () => {
  assert.deepEqual(collectValues(ARGS, ['--header', 'A: 1', 'x', '--header=B: 2', '--json'], 'header'), ['A: 1', 'B: 2']);
});
