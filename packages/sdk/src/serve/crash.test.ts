import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHandler } from '../call-scope.ts';
import type { RequestContext } from '../context.ts';
import { createLogger } from '../log/index.ts';
import { reportCrash } from './crash.ts';

function recorder() {
  const lines: Record<string, unknown>[] = [];
  const codes: number[] = [];
  const log = createLogger({ write: (line) => lines.push(JSON.parse(line)) });
  return { lines, codes, log, options: { log, exit: (code: number) => void codes.push(code) } };
}

test('an error outside of every call is one line and the end', () => {
  const { lines, codes, options } = recorder();
  reportCrash(new Error('lost', { cause: new Error('the pool broke') }), 'uncaughtException', options);
  assert.deepEqual(codes, [1]);
  assert.equal(lines.length, 1);
  assert.deepEqual([lines[0]?.['@level'], lines[0]?.error, lines[0]?.origin], ['error', 'lost: the pool broke', 'uncaughtException']);
});

test('an error in a call is its answer; one that comes too late is told in its log', async () => {
  const { lines, codes, log, options } = recorder();
  const context = { log: log.child({ endpoint: 'queryData' }) } as unknown as RequestContext;
  const gate = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const { answer, settled } = runHandler(context, async () => {
    setImmediate(() => reportCrash(new Error('first'), 'unhandledRejection', options));
    void late.promise.then(() => reportCrash(new Error('second'), 'unhandledRejection', options));
    await gate.promise;
  });
  await assert.rejects(answer, /first/);
  assert.equal(lines.length, 0);
  gate.resolve();
  await settled;
  late.resolve();
  await new Promise(setImmediate);
  assert.deepEqual(
    lines.map((line) => [line.error, line.endpoint]),
    [['second', 'queryData']],
  );
  assert.deepEqual(codes, []);
});
