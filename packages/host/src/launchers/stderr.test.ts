import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { silentLogger } from './logger.ts';
import { readStderr } from './stderr.ts';

test('a flood of short lines leaves turns to everybody else', async () => {
  const lines = 50_000;
  let turns = 0;
  let next: NodeJS.Immediate | undefined;
  const takeTurn = () => {
    turns++;
    next = setImmediate(takeTurn);
  };
  takeTurn();
  await readStderr(Readable.from([Buffer.alloc(lines, '\n')]), { pluginId: 'acme-datasource', logger: silentLogger }).ended;
  clearImmediate(next);
  assert.ok(turns >= lines / 500, `${turns} turns in ${lines} lines`);
});

test('the last lines are kept, each cut to its limit', async () => {
  const text = Array.from({ length: 60 }, (_, line) => `line ${line} ${'x'.repeat(600)}\n`).join('');
  const reader = readStderr(Readable.from([Buffer.from(text)]), { pluginId: 'acme-datasource', logger: silentLogger });
  await reader.ended;
  assert.equal(reader.tail().length, 40);
  assert.ok(reader.tail().every((line) => line.length === 500));
  assert.match(reader.tail().at(-1) ?? '', /^line 59 /);
});
