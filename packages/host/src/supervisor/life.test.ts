import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plugin, settle, setUp } from './fixtures/test-bench.ts';
import { defaultLivenessPolicy } from './index.ts';

describe('a crash loop', () => {
  test('trips the breaker: calls are refused at once, starts are rare, and one that lasts closes it', async () => {
    const { launcher, supervisor, clock, kind } = setUp();
    await supervisor.start();
    launcher.failing = true;
    launcher.last.crash();
    for (let minute = 0; minute < 4; minute++) for (let second = 0; second < 60; second++) await clock.pass(1_000);
    const { phase } = supervisor;
    assert.equal(phase.kind === 'backing-off' && phase.isTripped, true);
    assert.equal(launcher.starts, 11, 'the first start and ten more');
    await assert.rejects(supervisor.acquire(), { code: 'plugin_unavailable', message: /11 times in a row .*or at once with reset\(\)/ });

    launcher.failing = false;
    await clock.pass(300_000);
    assert.equal(kind(), 'ready');
    launcher.last.crash();
    await settle();
    assert.equal(kind(), 'backing-off');
    await clock.pass(300_000);
    await clock.pass(10_000);
    launcher.last.crash();
    await settle();
    assert.equal(kind(), 'ready', 'after a run that lasted it is back at once');
    await supervisor.stop();
  });

  test('is left by a reset, which starts at once and forgets', async () => {
    const { launcher, supervisor, clock, kind } = setUp();
    await supervisor.start();
    launcher.failing = true;
    launcher.last.crash();
    for (let second = 0; second < 200; second++) await clock.pass(1_000);
    launcher.failing = false;
    supervisor.reset();
    await settle();
    assert.equal(kind(), 'ready');
    supervisor.reset();
    assert.equal(kind(), 'ready', 'a plugin that runs is left alone');
    await supervisor.stop();
    supervisor.reset();
    assert.equal(kind(), 'gone');
  });
});

test('a start that is asked for waits until nothing is left of the run before', async () => {
  const { launcher, supervisor, kind } = setUp();
  await supervisor.start();
  const lingering = Promise.withResolvers<void>();
  launcher.last.lingering = lingering.promise;
  launcher.last.crash();
  await settle();
  supervisor.reset();
  await settle();
  assert.equal(launcher.starts, 1);
  lingering.resolve();
  await settle();
  assert.deepEqual([launcher.starts, kind()], [2, 'ready']);
  await supervisor.stop();
});

describe('a plugin that hangs', () => {
  const silent = (options: unknown) =>
    new Promise((_, reject) => {
      const { signal } = options as { signal: AbortSignal };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });

  test('is killed and started again when so many probes in a row have no answer', async () => {
    const { launcher, supervisor, clock } = setUp({ liveness: defaultLivenessPolicy });
    await supervisor.start();
    await clock.pass(10_000);
    const [run] = launcher.runs;
    assert.ok(run);
    run.answer = silent;
    for (let second = 0; second < 39; second++) await clock.pass(1_000);
    assert.equal(run.kills, 0);
    await clock.pass(1_000);
    assert.equal(run.kills, 1);
    assert.deepEqual(
      supervisor.history().find(({ kind }) => kind === 'backing-off'),
      {
        kind: 'backing-off',
        sinceMs: 50_000,
        attempt: 1,
        nextStartMs: 50_000,
        isTripped: false,
        why: 'it hangs: 2 liveness probes had no good answer in 10000 ms each',
      },
    );
    assert.equal(supervisor.phase.kind, 'ready');
    await supervisor.stop();
  });

  test('an answer between two silences starts the count again, and an error is an answer', async () => {
    const { launcher, supervisor, clock } = setUp({ liveness: defaultLivenessPolicy });
    await supervisor.start();
    for (let round = 0; round < 5; round++) {
      launcher.last.answer = silent;
      await clock.pass(10_000);
      await clock.pass(10_000);
      launcher.last.answer = () => Promise.reject(new Error('unimplemented'));
      await clock.pass(10_000);
    }
    assert.equal(launcher.starts, 1);
    await supervisor.stop();
  });

  test('a plugin that says that it does not serve counts as one that hangs', async () => {
    const { launcher, supervisor, clock } = setUp({ liveness: { ...defaultLivenessPolicy, failures: 1 } });
    await supervisor.start();
    launcher.last.answer = async () => ({ status: 2 });
    await clock.pass(10_000);
    assert.equal(launcher.starts, 2);
    await supervisor.stop();
  });
});

test('a plugin over its memory limit is killed and started again', async () => {
  const { launcher, supervisor, clock } = setUp({ maxMemoryBytes: 100 * 2 ** 20 });
  await supervisor.start();
  launcher.last.bytes = 100 * 2 ** 20;
  await clock.pass(1_000);
  assert.equal(launcher.starts, 1);
  launcher.last.bytes = 120 * 2 ** 20;
  await clock.pass(1_000);
  assert.equal(launcher.starts, 2);
  const ended = supervisor.history().find(({ kind }) => kind === 'backing-off');
  assert.equal(ended?.kind === 'backing-off' && ended.why, 'it took 120 MiB of memory, over its limit of 100 MiB');
  await supervisor.stop();
});

describe('a plugin that rests', () => {
  test('without a start is started by its first call, which waits as long as the start takes', async () => {
    const { launcher, supervisor, clock, pidOfNextCall, kind } = setUp();
    assert.equal(kind(), 'gone');
    assert.equal(launcher.starts, 0);
    const hold = Promise.withResolvers<void>();
    launcher.hold = hold.promise;
    const calls = [pidOfNextCall(), pidOfNextCall()];
    await clock.pass(50_000);
    hold.resolve();
    assert.deepEqual(await Promise.all(calls), [1, 1]);
    await supervisor.stop();
  });

  test('whose start fails tells calls why, and is tried again', async () => {
    const { launcher, supervisor, clock, pidOfNextCall } = setUp();
    launcher.failing = true;
    const call = assert.rejects(supervisor.acquire(), {
      code: 'plugin_unavailable',
      message: /attempt \d: plugin acme-datasource cannot be started/,
    });
    for (let second = 0; second < 5; second++) await clock.pass(1_000);
    await call;
    launcher.failing = false;
    const next = pidOfNextCall();
    await clock.pass(4_000);
    assert.equal(await next, launcher.last.pid);
    await supervisor.stop();
  });

  test('is stopped after so long without a call, not while one is under way, and started by the next', async () => {
    const { launcher, supervisor, clock, pidOfNextCall, kind } = setUp({ idleStopMs: 60_000 });
    await supervisor.start();
    const lease = await supervisor.acquire();
    await clock.pass(120_000);
    assert.equal(kind(), 'ready');
    lease.release();
    await clock.pass(59_000);
    await clock.pass(59_000);
    assert.equal(kind(), 'gone');
    assert.equal(launcher.last.stops, 1);
    assert.equal(await pidOfNextCall(), 2);
    assert.deepEqual(
      supervisor.history().map((phase) => phase.kind),
      ['gone', 'starting', 'ready', 'draining', 'gone', 'starting', 'ready'],
    );
    await supervisor.stop();
  });

  test('a call that comes while it goes to rest waits and wakes it', async () => {
    const { launcher, supervisor, clock, pidOfNextCall, kind } = setUp({ idleStopMs: 60_000 });
    await supervisor.start();
    const lingering = Promise.withResolvers<void>();
    const [run] = launcher.runs;
    assert.ok(run);
    run.lingering = lingering.promise;
    run.stop = async () => {
      run.crash();
      await lingering.promise;
    };
    await clock.pass(60_000);
    assert.equal(kind(), 'draining');
    const call = pidOfNextCall();
    await clock.pass(1_000);
    lingering.resolve();
    assert.equal(await call, 2);
    await supervisor.stop();
  });
});

describe('a replacement', () => {
  const next = { ...plugin, folder: '/plugins/acme-2' };
  const good = async () => {};

  test('takes the calls over at once; those under way end on the old run, which is then stopped', async () => {
    const { launcher, supervisor, clock, pidOfNextCall } = setUp();
    await supervisor.start();
    const lease = await supervisor.acquire();
    await supervisor.replace(next, good);
    assert.equal(await pidOfNextCall(), 2);
    assert.equal(supervisor.plugin, next);
    await clock.pass(29_000);
    assert.equal(launcher.runs[0]?.stops, 0);
    lease.release();
    lease.release();
    await settle();
    assert.deepEqual(
      launcher.runs.map(({ stops }) => stops),
      [1, 0],
    );
    assert.equal(supervisor.phase.kind, 'ready');
    await supervisor.stop();
  });

  test('waits for the calls under way no longer than the limit', async () => {
    const { launcher, supervisor, clock } = setUp();
    await supervisor.start();
    await supervisor.acquire();
    await supervisor.replace(next, good);
    await clock.pass(30_000);
    assert.equal(launcher.runs[0]?.stops, 1);
    await supervisor.stop();
  });

  test('that does not start, is not in health, or ends while it is looked at leaves all as it was', async () => {
    const { launcher, supervisor, pidOfNextCall } = setUp();
    await supervisor.start();
    launcher.failing = true;
    await assert.rejects(supervisor.replace(next, good), { code: 'replacement_failed', message: /goes on as before: plugin acme/ });
    launcher.failing = false;
    const sick = () => Promise.reject(new Error('no licence'));
    await assert.rejects(supervisor.replace(next, sick), { code: 'replacement_failed', message: /no licence/ });
    const dies = () => {
      launcher.last.crash();
      return new Promise<void>(() => {});
    };
    await assert.rejects(supervisor.replace(next, dies), { code: 'replacement_failed', message: /the new run ended: signal SIGKILL/ });
    assert.equal(await pidOfNextCall(), 1);
    assert.equal(supervisor.plugin, plugin);
    assert.deepEqual(
      launcher.runs.map(({ isGone }) => isGone),
      [false, true, true],
    );
    assert.equal(supervisor.history().length, 3, 'nobody saw it');
    await supervisor.stop();
  });

  test('mends a plugin that cannot be started', async () => {
    const { launcher, supervisor, pidOfNextCall } = setUp();
    await supervisor.start();
    launcher.failing = true;
    launcher.last.crash();
    await settle();
    launcher.failing = false;
    const waiting = pidOfNextCall();
    await supervisor.replace(next, good);
    assert.equal(await waiting, launcher.last.pid);
    await supervisor.stop();
  });

  test('is one at a time, and a stop ends it with all else', async () => {
    const { launcher, supervisor } = setUp();
    await supervisor.start();
    const first = assert.rejects(
      supervisor.replace(next, () => new Promise(() => {})),
      { code: 'plugin_unavailable' },
    );
    await settle();
    await assert.rejects(supervisor.replace(next, good), { code: 'replacement_failed', message: /another/ });
    const stopping = supervisor.stop();
    launcher.runs[1]?.crash();
    await Promise.all([first, stopping]);
    assert.ok(launcher.runs.every(({ isGone }) => isGone));
  });
});
