import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './index.ts';
import { formatLogfmt } from './logger.ts';

function collect(level: 'debug' | 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, write: (line) => lines.push(line), now: () => new Date(0) });
  return { lines, logger };
}

test('a line has time, level, logger, message and fields in logfmt', () => {
  const { lines, logger } = collect();
  logger.with({ logger: 'http' }).info('Request done', { status: 200, path: '/a b' });
  assert.deepEqual(lines, ['t=1970-01-01T00:00:00.000Z level=info logger=http msg="Request done" status=200 path="/a b"']);
});

test('a value with line feeds and quotes stays on one line', () => {
  const { lines, logger } = collect();
  logger.error('bad', { text: 'one\ntwo "three"' });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /text="one\\ntwo \\"three\\""$/);
});

test('lines below the level are left out', () => {
  const { lines, logger } = collect('warn');
  logger.info('quiet');
  logger.warn('loud');
  assert.equal(lines.length, 1);
});

test('a value of megabytes is cut', () => {
  const { lines, logger } = collect();
  logger.info('long', { text: 'x'.repeat(1_000_000) });
  assert.ok((lines[0] ?? '').length < 5000);
});

test('what a plugin logs cannot steer the terminal or replace level, time and message of its line', () => {
  const line = formatLogfmt({ msg: 'a\u009b31m \u202eb\u2028\u007f', '\u001b[31m\u009bkey': 1, '': 2 });
  assert.equal(line, 'msg="a\\u009b31m \\u202eb\\u2028\\u007f" _[31m_key=1 _=2');
  const lines: string[] = [];
  const logger = createLogger({ write: (text) => lines.push(text), now: () => new Date(0) });
  logger.info('real', { level: 'error', t: 'never', msg: 'forged', logger: 'plugin.acme' });
  assert.deepEqual(lines, ['t=1970-01-01T00:00:00.000Z level=info logger=plugin.acme msg=real level_=error t_=never msg_=forged']);
});
