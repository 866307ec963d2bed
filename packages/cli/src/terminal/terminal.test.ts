import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogPrinter, suggest, type Terminal, visible } from './index.ts';

function recorder(): Terminal & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    out: () => undefined,
    err: (text) => lines.push(text),
    columns: undefined,
    env: {},
    signal: new AbortController().signal,
  };
}

test('the word that was probably meant is suggested, and nothing when none is near', () => {
  const known = ['serve', 'call', 'health', 'query'];
  assert.equal(suggest('sevre', known), 'serve');
  assert.equal(suggest('cal', known), 'call');
  assert.equal(suggest('heal', known), 'health');
  assert.equal(suggest('xyzzy', known), undefined);
});

test('log lines are readable, and show who speaks', () => {
  const terminal = recorder();
  const logger = createLogPrinter(terminal, { verbose: false, now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)) });
  logger.info('hello', { logger: 'plugin.acme-ds', rows: 3, path: 'a b', nested: { a: 1 } });
  logger.warn('plugin exited', { pluginId: 'acme-ds' });
  assert.deepEqual(terminal.lines, [
    '03:04:05.006 info  acme-ds: hello rows=3 path="a b" nested={"a":1}\n',
    '03:04:05.006 warn  backplane: plugin exited pluginId=acme-ds\n',
  ]);
});

test('debug lines and notes of the host itself come with verbose only', () => {
  const quiet = recorder();
  const all = recorder();
  for (const [terminal, verbose] of [
    [quiet, false],
    [all, true],
  ] as const) {
    const logger = createLogPrinter(terminal, { verbose });
    logger.debug('plugin detail', { logger: 'plugin.a' });
    logger.info('started');
  }
  assert.equal(quiet.lines.length, 0);
  assert.equal(all.lines.length, 2);
});

test('what a plugin says cannot steer the terminal', () => {
  assert.equal(visible('a\u001b[31mb\u0007\nc\td\u009b'), 'a\\x1b[31mb\\x07\\nc\td\\x9b');
});
