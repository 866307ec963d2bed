import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle, setUp } from './fixtures/test-bench.ts';
import { defaultRestartPolicy } from './index.ts';
import { restartDelayMs } from './restart-policy.ts';

describe('Supervisor', () => {
  test('a plugin that crashes is started again at once, and the next call goes to the new run', async () => {
    const { launcher, supervisor, pidOfNextCall } = setUp();
    await supervisor.start();
    assert.equal(await pidOfNextCall(), 1);
    launcher.last.crash();
    await settle();
    assert.deepEqual(supervisor.phase, { kind: 'ready', sinceMs: 0, pid: 2, restarts: 1 });
    assert.equal(await pidOfNextCall(), 2);
    await supervisor.stop();
  });

  test('a run on which a call found the connection dead gets no further call', async () => {
    const { launcher, supervisor, kind, pidOfNextCall } = setUp();
    await supervisor.start();
    const lease = await supervisor.acquire();
    lease.lost();
    assert.equal(kind(), 'backing-off', 'at once, before the connection tells');
    assert.equal(await pidOfNextCall(), 2);
    lease.lost();
    assert.equal(kind(), 'ready', 'an old run does not take a new one down');
    assert.equal(launcher.starts, 2);
    await supervisor.stop();
  });

  test('the signal of a start that has succeeded does not stop the plugin [D22]', async () => {
    const { supervisor, pidOfNextCall } = setUp();
    const starter = new AbortController();
    await supervisor.start(starter.signal);
    starter.abort();
    await settle();
    assert.equal(supervisor.phase.kind, 'ready');
    assert.equal(await pidOfNextCall(), 1);
    await supervisor.stop();
  });

  test('a first start that fails is final and says why to every caller [lifecycle/host-keeps-failed-start]', async () => {
    const { launcher, supervisor, clock } = setUp();
    launcher.failing = true;
    await assert.rejects(supervisor.start(), { code: 'spawn_failed' });
    await clock.pass(60_000);
    assert.equal(launcher.starts, 1);
    await assert.rejects(supervisor.acquire(), {
      code: 'plugin_unavailable',
      message: /did not start: plugin acme-datasource cannot be started/,
    });
    await supervisor.stop();
  });

  test('starts that fail one after the other are tried at growing waits, for ever', async () => {
    const { launcher, supervisor, clock, kind } = setUp();
    await supervisor.start();
    launcher.failing = true;
    launcher.last.crash();
    await settle();
    const startsAtMs: number[] = [];
    for (let seen = launcher.starts; clock.nowMs() < 40_000; await clock.pass(500)) {
      if (launcher.starts > seen) startsAtMs.push(clock.nowMs());
      seen = launcher.starts;
    }
    assert.deepEqual(startsAtMs, [500, 1500, 3500, 7500, 15500, 31500]);
    launcher.failing = false;
    await clock.pass(30_000);
    assert.equal(kind(), 'ready');
    await supervisor.stop();
  });

  test('a crash loop is slowed down, and a stable run sets the wait back', async () => {
    const { launcher, supervisor, clock, kind } = setUp();
    await supervisor.start();
    launcher.last.crash();
    await settle();
    launcher.last.crash();
    await settle();
    assert.equal(kind(), 'backing-off', 'the second crash in a row waits');
    await clock.pass(500);
    assert.equal(kind(), 'ready');
    await clock.pass(10_000);
    launcher.last.crash();
    await settle();
    assert.equal(kind(), 'ready', 'after a stable run it is back at once');
    await supervisor.stop();
  });

  test('calls that come during a restart wait for it', async () => {
    const { launcher, supervisor, clock, pidOfNextCall } = setUp();
    await supervisor.start();
    const hold = Promise.withResolvers<void>();
    launcher.hold = hold.promise;
    launcher.last.crash();
    await settle();
    const call = pidOfNextCall();
    await clock.pass(4_999);
    hold.resolve();
    assert.equal(await call, 2);
    await supervisor.stop();
  });

  test('calls wait no longer than the limit, and are told what happened', async () => {
    const { launcher, supervisor, clock } = setUp();
    await supervisor.start();
    launcher.hold = new Promise(() => {});
    launcher.last.crash();
    await settle();
    const call = assert.rejects(supervisor.acquire(), {
      code: 'plugin_unavailable',
      message: /being restarted \(attempt 1: signal SIGKILL\); last stderr: "last words of 1"; it was not back in 5000 ms; try again/,
    });
    await clock.pass(5_000);
    await call;
    await supervisor.stop();
  });

  test('a call that waits ends with its signal', async () => {
    const { launcher, supervisor } = setUp();
    await supervisor.start();
    launcher.hold = new Promise(() => {});
    launcher.last.crash();
    await settle();
    const controller = new AbortController();
    const call = assert.rejects(supervisor.acquire(controller.signal), /enough/);
    controller.abort(new Error('enough'));
    await call;
    await supervisor.stop();
  });

  test('stop asks the run to stop once, ends waiting calls, and nothing is started after it [lifecycle/host-stops-for-good] [D23]', async () => {
    const { launcher, supervisor, clock, kind } = setUp();
    await supervisor.start();
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    await clock.pass(60_000);
    assert.equal(launcher.last.stops, 1);
    assert.equal(launcher.starts, 1);
    assert.equal(kind(), 'gone');
    await assert.rejects(supervisor.acquire(), { code: 'plugin_unavailable', message: /it was stopped/ });
  });

  test('stop during a back-off and during a start ends both', async () => {
    const { launcher, supervisor, kind } = setUp();
    await supervisor.start();
    launcher.failing = true;
    launcher.last.crash();
    await settle();
    assert.equal(kind(), 'backing-off');
    const waiting = assert.rejects(supervisor.acquire(), { code: 'plugin_unavailable' });
    await supervisor.stop();
    await waiting;

    const second = setUp();
    second.launcher.hold = new Promise(() => {});
    const start = assert.rejects(second.supervisor.start(), { code: 'plugin_unavailable' });
    await second.supervisor.stop();
    await start;
    assert.equal(second.launcher.runs.length, 0);
  });

  test('a stop at any moment of a start or a restart ends, and leaves no run behind', async () => {
    for (const isRestart of [false, true]) {
      for (let turns = 0; turns < 20; turns++) {
        const { launcher, supervisor, kind } = setUp();
        if (isRestart) await supervisor.start();
        const hold = Promise.withResolvers<void>();
        launcher.hold = hold.promise;
        if (isRestart) launcher.last.crash();
        else supervisor.start().catch(() => {}); // told that it was stopped, or started just before
        await settle();
        hold.resolve();
        for (let turn = 0; turn < turns; turn++) await undefined;
        const stopped = supervisor.stop().then(() => true);
        const moment = `${turns} turns into the ${isRestart ? 'restart' : 'start'}`;
        assert.equal(await Promise.race([stopped, settle()]), true, `stop hangs ${moment}`);
        assert.ok(
          launcher.runs.every(({ isGone }) => isGone),
          `a run is left ${moment}`,
        );
        assert.equal(kind(), 'gone', moment);
      }
    }
  });

  test('a stop after a lost connection waits until the process is gone', async () => {
    const { launcher, supervisor } = setUp();
    await supervisor.start();
    const lingering = Promise.withResolvers<void>();
    launcher.last.lingering = lingering.promise;
    (await supervisor.acquire()).lost();
    const stopped = supervisor.stop().then(() => launcher.last.isGone);
    await settle();
    lingering.resolve();
    assert.equal(await stopped, true);
  });
});

test('the wait before a restart doubles up to its limit, until the breaker trips', () => {
  const waits = [0, 1, 2, 3, 4, 9, 10, 11, 60].map((attempt) => restartDelayMs(defaultRestartPolicy, attempt, 0.5));
  assert.deepEqual(waits, [0, 0, 500, 1000, 2000, 30_000, 30_000, 300_000, 300_000]);
});
