import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './index.ts';

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
