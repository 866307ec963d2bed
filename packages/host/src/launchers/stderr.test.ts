import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { recordingLogger } from './fixtures/plugin-folder.ts';
import { LineBudget } from './line-budget.ts';
import { silentLogger } from './logger.ts';
import { readStderr } from './stderr.ts';

const log = { pluginId: 'acme-datasource', budget: new LineBudget(1_000_000, () => {}) };

test('a flood of short lines leaves turns to everybody else', async () => {
  const lines = 50_000;
  let turns = 0;
  let next: NodeJS.Immediate | undefined;
  const takeTurn = () => {
    turns++;
    next = setImmediate(takeTurn);
  };
  takeTurn();
  await readStderr(Readable.from([Buffer.alloc(lines, '\n')]), { ...log, logger: silentLogger }).ended;
  clearImmediate(next);
  assert.ok(turns >= lines / 500, `${turns} turns in ${lines} lines`);
});

test('a line cannot steer the terminal that a log goes to', async () => {
  const logger = recordingLogger();
  await readStderr(Readable.from([Buffer.from('\x1b]0;pwned\x07\tline\n')]), { ...log, logger }).ended;
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    ['\\x1b]0;pwned\\x07\tline'],
  );
});

test('the last lines are kept, each cut to its limit', async () => {
  const text = Array.from({ length: 60 }, (_, line) => `line ${line} ${'x'.repeat(600)}\n`).join('');
  const reader = readStderr(Readable.from([Buffer.from(text)]), { ...log, logger: silentLogger });
  await reader.ended;
  assert.equal(reader.tail().length, 40);
  assert.ok(reader.tail().every((line) => line.length === 500));
  assert.match(reader.tail().at(-1) ?? '', /^line 59 /);
});

test('lines over the budget are dropped and counted, a long one for each KiB, but the last ones are kept', async () => {
  const logger = recordingLogger();
  const dropped: number[] = [];
  const budget = new LineBudget(10, (lines) => dropped.push(lines));
  const text = `${'x'.repeat(3_000)}\n${'short\n'.repeat(10)}panic: the end\n`;
  const reader = readStderr(Readable.from([Buffer.from(text)]), { pluginId: 'acme-datasource', logger, budget });
  await reader.ended;
  assert.equal(logger.lines.length, 8);
  assert.deepEqual(dropped, [4]);
  assert.equal(reader.tail().at(-1), 'panic: the end');
});
