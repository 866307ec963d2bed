import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { conditionFlags } from './command.ts';
import { readFirstLine } from './first-line.ts';

describe('readFirstLine', () => {
  test('the first line comes as it is, from any number of chunks', async () => {
    const stream = new PassThrough();
    const { result } = readFirstLine(stream, 100);
    for (const chunk of ['1|2|un', 'ix|/a', '|grpc|\nnoise\n']) stream.write(chunk);
    assert.deepEqual(await result, { kind: 'line', text: '1|2|unix|/a|grpc|' });
    stream.destroy();
  });

  test('after its first line a stream is drained for ever', async () => {
    const stream = new PassThrough({ highWaterMark: 10 });
    const { result } = readFirstLine(stream, 100);
    stream.write('line\n');
    await result;
    for (let index = 0; index < 100; index++) if (!stream.write('x'.repeat(100))) await once(stream, 'drain');
    stream.end();
    await once(stream, 'end');
  });

  test('a line without its end is no line, and can be looked at', async () => {
    const stream = new PassThrough();
    const { result, partial } = readFirstLine(stream, 100);
    stream.end('half');
    assert.deepEqual(await result, { kind: 'closed' });
    assert.equal(partial(), 'half');
  });

  test('a line of exactly the limit is taken, one byte more is too long', async () => {
    for (const [length, kind] of [
      [100, 'line'],
      [101, 'too-long'],
    ] as const) {
      const stream = new PassThrough();
      const { result } = readFirstLine(stream, 100);
      stream.end(`${'x'.repeat(length)}\n`);
      assert.equal((await result).kind, kind);
    }
  });
});

test('only flags for export conditions are passed on to a plugin', () => {
  const flags = ['--test', '--conditions=a', '--conditions', 'b', '-C', 'c', '--inspect=9229', '--env-file', 'x'];
  assert.deepEqual(conditionFlags(flags), ['--conditions=a', '--conditions', 'b', '-C', 'c']);
});
