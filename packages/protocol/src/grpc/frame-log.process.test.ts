import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const PROGRAM = join(import.meta.dirname, 'fixtures/three-calls.ts');
const PAGE = join(import.meta.dirname, '../../../../docs/wire.md');

const runProgram = (frameLog: string) =>
  promisify(execFile)(process.execPath, ['--conditions=backplane:source', PROGRAM], {
    env: { ...process.env, BACKPLANE_FRAME_LOG: frameLog },
  });

/** What one side wrote in one direction: lines without time, process, connection and direction. */
function linesOf(log: string, side: 'client' | 'server', direction: '<' | '>'): string[] {
  const start = new RegExp(`^\\S+Z \\d+\\.\\d+ ${side} ${direction} `);
  return log.split('\n').flatMap((line) => (start.test(line) ? [line.replace(start, '')] : []));
}

async function logOfProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bp-frames-'));
  try {
    const file = join(folder, 'frames.log');
    assert.equal((await runProgram(file)).stderr, '');
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('BACKPLANE_FRAME_LOG writes the frames of both sides to a file, and docs/wire.md shows them as they are', async () => {
  const log = await logOfProgram();
  assert.ok(log.includes('x-token=(6)') && !log.includes('secret'), 'metadata is not shown');
  const sent = linesOf(log, 'client', '>');
  assert.deepEqual(linesOf(log, 'server', '<'), sent);
  const received = linesOf(log, 'client', '<');
  assert.deepEqual(linesOf(log, 'server', '>').slice(0, received.length), received);
  const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/```frames\n([\s\S]*?)```/g)].map((match) => match[1].trimEnd().split('\n'));
  assert.equal(blocks.length, 4);
  for (const block of blocks) {
    for (const [direction, all] of [['>', sent] as const, ['<', received] as const]) {
      const shown = block.filter((line) => line.startsWith(direction)).map((line) => line.slice(2));
      const isShown = (line: string) => shown.includes(line);
      assert.deepEqual(all.filter(isShown), shown);
    }
  }
});

test('BACKPLANE_FRAME_LOG=stderr writes there, and a file that cannot be opened is said once and harms nothing', async () => {
  assert.match((await runProgram('stderr')).stderr, / client > HEADERS stream=1 /);
  const { stdout, stderr } = await runProgram(join(tmpdir(), 'no-such-folder/frames.log'));
  assert.equal(stderr.match(/BACKPLANE_FRAME_LOG: .*ENOENT/g)?.length, 1);
  assert.match(stdout, /"streamsOpened":4/);
});

test('without BACKPLANE_FRAME_LOG nothing is logged', async () => {
  assert.equal((await runProgram('')).stderr, '');
});
