import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuardedStream, guardOutput } from './guard-output.ts';
import { createLogger, logLevelFrom } from './logger.ts';

function recordingLogger(level: Parameters<typeof createLogger>[0]['level'] = 'info') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => {
    assert.ok(line.endsWith('\n'));
    assert.equal(line.indexOf('\n'), line.length - 1, 'one line at a time');
    lines.push(JSON.parse(line));
  };
  return { lines, log: createLogger({ write, level: level ?? 'info', now: () => Date.UTC(2026, 10, 22, 7, 8, 9, 12) }) };
}

test('a log line is hclog JSON with the fields of its loggers', () => {
  const { lines, log } = recordingLogger();
  log.child({ dsUid: 'abc' }).child({ endpoint: 'queryData' }).warn('slow', { tookMs: 12, dsUid: 'xyz' });
  assert.equal(lines.length, 1);
  const { '@timestamp': timestamp, ...rest } = lines[0] ?? {};
  assert.deepEqual(rest, { '@level': 'warn', '@message': 'slow', dsUid: 'xyz', endpoint: 'queryData', tookMs: 12 });
  assert.match(String(timestamp), /^2026-11-22T07:08:09\.012000(Z|[+-]\d\d:\d\d)$/);
});

test('lines below the level are not written, and a message is always text', () => {
  const { lines, log } = recordingLogger('warn');
  log.info('no');
  assert.equal(log.isEnabled('info'), false);
  log.error(42 as unknown as string);
  assert.deepEqual(
    lines.map((line) => line['@message']),
    ['42'],
  );
});

test('the operator sets the level', () => {
  assert.equal(logLevelFrom({ GF_PLUGIN_LOG_LEVEL: 'DEBUG' }), 'debug');
  assert.equal(logLevelFrom({ GF_PLUGIN_LOG_LEVEL: 'loud' }), 'info');
  assert.equal(logLevelFrom({}), 'info');
});

function guarded() {
  const recording = recordingLogger('trace');
  const passed: string[] = [];
  const streams = { stdout: {} as GuardedStream, stderr: {} as GuardedStream };
  const ignore = (..._values: unknown[]): void => {};
  const console = { log: ignore, info: ignore, debug: ignore, trace: ignore, warn: ignore, error: ignore };
  guardOutput({ ...streams, console, log: recording.log, writeLine: (line) => passed.push(line) });
  const texts = () => recording.lines.map((line) => `${line['@level']}: ${line['@message']}`);
  return { ...streams, console, passed, texts };
}

test('the console writes log lines of its levels', () => {
  const { console, texts } = guarded();
  console.log('rows %d', 3, { a: [1] });
  console.error(new Error('broken').message);
  console.warn('w');
  console.debug('two\nlines');
  assert.deepEqual(texts(), ['info: rows 3 { a: [ 1 ] }', 'error: broken', 'warn: w', 'debug: two\nlines']);
});

test('what is written to stdout becomes log lines, however it is cut', async () => {
  const { stdout, texts } = guarded();
  stdout.write('ban');
  stdout.write('ner\r\n\nsec');
  const euro = Buffer.from('€\n');
  stdout.write(euro.subarray(0, 1));
  stdout.write(euro.subarray(1));
  await new Promise<void>((resolve) => stdout.write('done\n', () => resolve()));
  stdout.write('68690a', 'hex');
  assert.deepEqual(texts(), ['info: banner', 'info: sec€', 'info: done', 'info: hi']);
  stdout.write('x'.repeat(40_000));
  assert.deepEqual(
    texts()
      .slice(4)
      .map((text) => text.length),
    [16_390, 16_390],
    'a line without end is cut instead of kept',
  );
});

test('foreign lines on stderr pass when they are log lines, and are wrapped when they could harm the host', () => {
  const { stderr, passed, texts } = guarded();
  const fine = '{"@level":"warn","@message":"from another logger","@timestamp":"2026-11-22T00:00:00.000000Z"}';
  stderr.write(`${fine}\n{"@level":"info","@message":42}\n{"level":30}\nplain\n`);
  assert.deepEqual(passed, [`${fine}\n`]);
  assert.deepEqual(texts(), ['info: {"@level":"info","@message":42}', 'info: {"level":30}', 'info: plain']);
});
