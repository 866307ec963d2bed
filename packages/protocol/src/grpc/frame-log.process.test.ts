import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ONE_CALL = join(import.meta.dirname, 'fixtures/one-call.ts');
const runOneCall = (env: Record<string, string>) =>
  run(process.execPath, ['--conditions=backplane:source', ONE_CALL], { env: { ...process.env, ...env } });

/** Lines of one side, without time, process and connection. */
const linesOf = (log: string, side: 'client' | 'server') =>
  log
    .split('\n')
    .flatMap((line) => /^\S+ \d+\.\d+ (\S+) (.*)$/.exec(line)?.slice(1) ?? [])
    .flatMap((text, i, all) => (i % 2 === 1 && all[i - 1] === side ? [text] : []));

test('BACKPLANE_FRAME_LOG writes the frames of both sides to a file, in the order of the call', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bp-frames-'));
  try {
    const file = join(folder, 'frames.log');
    const { stderr } = await runOneCall({ BACKPLANE_FRAME_LOG: file });
    assert.equal(stderr, '');
    const log = await readFile(file, 'utf8');
    const client = linesOf(log, 'client');
    const sent = client.filter((line) => line.startsWith('>')).map((line) => line.slice(2));
    assert.deepEqual(
      sent.filter((line) => !line.startsWith('SETTINGS stream=0 length=0')).map((line) => line.split(' ').slice(0, 2).join(' ')),
      ['PREFACE', 'SETTINGS stream=0', 'WINDOW_UPDATE stream=0', 'HEADERS stream=1', 'DATA stream=1', 'HEADERS stream=3', 'DATA stream=3'],
    );
    assert.ok(!log.includes('secret'), 'metadata is not shown');
    assert.match(log, /x-token=\(6\)/);
    const mirrored = linesOf(log, 'server').map((line) => (line.startsWith('<') ? `>${line.slice(1)}` : `<${line.slice(1)}`));
    assert.deepEqual(
      mirrored.filter((line) => line.startsWith('>')),
      client.filter((line) => line.startsWith('>')),
    );
    assert.deepEqual(
      mirrored.filter((line) => line.startsWith('<')),
      client.filter((line) => line.startsWith('<')),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('BACKPLANE_FRAME_LOG=stderr writes there, and a file that cannot be opened is said once and harms nothing', async () => {
  assert.match((await runOneCall({ BACKPLANE_FRAME_LOG: 'stderr' })).stderr, / client > HEADERS stream=1 /);
  const { stdout, stderr } = await runOneCall({ BACKPLANE_FRAME_LOG: join(tmpdir(), 'no-such-folder/frames.log') });
  assert.equal(stderr.match(/BACKPLANE_FRAME_LOG: .*ENOENT/g)?.length, 1);
  assert.match(stdout, /"streamsOpened":2/);
});

test('without BACKPLANE_FRAME_LOG nothing is logged', async () => {
  assert.equal((await runOneCall({ BACKPLANE_FRAME_LOG: '' })).stderr, '');
});
