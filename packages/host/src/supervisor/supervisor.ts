import type { DiscoveredPlugin } from '../discovery/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { ProcessUsage, RunningPlugin } from '../launchers/index.ts';
import { acquireLater, type Waiting } from './acquire.ts';
import { type CandidateCheck, startCandidate } from './candidate.ts';
import { explainPhase } from './explain.ts';
import { untilIdle } from './idle.ts';
import { untilHung } from './liveness.ts';
import { untilTooLarge } from './memory.ts';
import type { SupervisorOptions } from './options.ts';
import { type Phase, phaseOf, type State } from './phase.ts';
import { isTripped, restartDelayMs } from './restart-policy.ts';
import { type Lease, Run } from './run.ts';

/** Phases that `history()` remembers. */
const historyLength = 50;

/**
 * Keeps one plugin running from its first start until it is stopped.
 *
 * Everything that happens is one of few transitions: `#adopt` (a run is good), `#fail` (a run is no good any more),
 * `#startAgain` (bring one up, with waits between), `#rest` (idle), `replace`, `stop`. Each that makes what is under
 * way obsolete ends its stage.
 */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #lifetime = new AbortController();
  /** A start or a wait under way; ends once something else decides what runs. */
  #stage = new AbortController();
  /** All that goes on in the background. None of it rejects; `stop` waits for it. */
  readonly #background = new Set<Promise<void>>();
  /** What calls see that come while there is no run. */
  readonly #waiting: Waiting;
  #plugin: DiscoveredPlugin;
  #state: State;
  readonly #history: Phase[] = [];
  #changed = Promise.withResolvers<void>();
  /** The run before has left nothing behind; a start waits for it. */
  #cleared: Promise<unknown> = Promise.resolve();
  #attempt = 0;
  #restarts = 0;
  #isReplacing = false;
  #stopped: Promise<void> | undefined;
  #stderrTail: () => readonly string[] = () => [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#plugin = options.plugin;
    this.#state = { kind: 'gone', sinceMs: options.clock.nowMs(), cause: 'not-started', why: 'it is started by its first call' };
    this.#history.push(phaseOf(this.#state));
    this.#waiting = {
      state: () => this.#state,
      changed: () => this.#changed.promise,
      wake: () => this.#wake(),
      refusal: () => this.#unavailable(),
      clock: options.clock,
      restartWaitMs: options.restartWaitMs,
    };
  }

  get phase(): Phase {
    return phaseOf(this.#state);
  }

  /** What is run; another one after a replacement. */
  get plugin(): DiscoveredPlugin {
    return this.#plugin;
  }

  /** The last 50 phases, oldest first, the present one included. */
  history(): readonly Phase[] {
    return [...this.#history];
  }

  /** Calls under way on the present run. */
  get inFlight(): number {
    return this.#state.kind === 'ready' ? this.#state.run.inFlight : 0;
  }

  /** What the plugin takes now, undefined while it does not run. */
  async usage(): Promise<ProcessUsage | undefined> {
    return this.#state.kind === 'ready' ? await this.#state.run.running.usage() : undefined;
  }

  /** Last lines of standard error of the latest run, oldest first. */
  stderrTail(): readonly string[] {
    return this.#stderrTail();
  }

  /**
   * Starts the plugin for the first time. A failure is final: it is told to whoever asked, and not tried again.
   * Without this the first call starts it.
   *
   * @throws HostError about the start, or the signal's reason
   */
  async start(signal?: AbortSignal): Promise<void> {
    const stage = this.#nextStage();
    this.#become({ kind: 'starting', sinceMs: this.#now(), attempt: 0, why: 'it was asked for' });
    const start = this.#bringUp(signal === undefined ? stage : AbortSignal.any([signal, stage]));
    this.#inBackground(start.catch(() => {})); // told below
    try {
      await start;
    } catch (error) {
      if (!stage.aborted) this.#become({ kind: 'gone', sinceMs: this.#now(), cause: 'start-failed', why: describeError(error) });
      throw error;
    }
  }

  /**
   * The right to make one call, to be released after it; waits while the plugin is being started.
   *
   * @throws HostError `plugin_unavailable` when it is stopped or not back in time; or the signal's reason
   */
  async acquire(signal?: AbortSignal): Promise<Lease> {
    const state = this.#state;
    return state.kind === 'ready' ? state.run.lease() : await acquireLater(this.#waiting, signal);
  }

  /** Starts the plugin now, whatever wait it is in, and forgets past failures. Does nothing for one that runs or was stopped. */
  reset(): void {
    const { kind } = this.#state;
    if (kind !== 'backing-off' && kind !== 'gone') return;
    if (!this.#lifetime.signal.aborted) this.#wake();
  }

  /**
   * Puts a new run, maybe of another version, in the place of the present one, without a call failing:
   * starts the new one, looks whether it is in health, moves calls there, lets calls under way on the old one end
   * for `drainMs`, and stops it. When the new one does not start or is not in health, all stays as it was.
   *
   * @returns once calls go to the new one; the old one ends in the background
   * @throws HostError `replacement_failed` with the cause, or the signal's reason
   */
  async replace(plugin: DiscoveredPlugin, check: CandidateCheck, signal?: AbortSignal): Promise<void> {
    const pluginId = this.#plugin.manifest.id;
    if (this.#isReplacing) throw new HostError('replacement_failed', { pluginId, detail: 'another replacement is under way' });
    this.#isReplacing = true;
    const work = this.#replace(plugin, check, signal).finally(() => {
      this.#isReplacing = false;
    });
    this.#inBackground(work.catch(() => {})); // told to whoever asked
    await work;
  }

  /**
   * Stops the plugin by the ladder and resolves when nothing is left of it. A second stop waits for the first.
   *
   * @throws HostError `plugin_not_stopped`
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const run = this.#state.kind === 'ready' ? this.#state.run : undefined;
    this.#become({ kind: 'draining', sinceMs: this.#now(), cause: 'stopped' });
    this.#lifetime.abort(this.#unavailable());
    try {
      await run?.running.stop();
    } finally {
      while (this.#background.size > 0) await Promise.all(this.#background);
      this.#become({ kind: 'gone', sinceMs: this.#now(), cause: 'stopped', why: 'it was stopped' });
    }
  }

  async #replace(plugin: DiscoveredPlugin, check: CandidateCheck, signal: AbortSignal | undefined): Promise<void> {
    const { launcher, logger, drainMs } = this.#options;
    const lifetime = this.#lifetime.signal;
    const both = signal === undefined ? lifetime : AbortSignal.any([signal, lifetime]);
    both.throwIfAborted();
    const candidate = await startCandidate(launcher, plugin, { check, signal: both });
    const old = this.#state.kind === 'ready' ? this.#state.run : undefined;
    this.#nextStage();
    this.#attempt = 0;
    this.#plugin = plugin;
    this.#adopt(candidate);
    logger.info('plugin was replaced', { pluginId: plugin.manifest.id, version: plugin.manifest.info.version, pid: candidate.pid });
    if (old !== undefined) this.#inBackground(old.retire(drainMs).catch(this.#logNotStopped));
  }

  async #bringUp(signal: AbortSignal): Promise<void> {
    await this.#cleared;
    signal.throwIfAborted();
    const running = await this.#options.launcher.launch(this.#plugin, { signal });
    if (signal.aborted) {
      await running.stop();
      throw signal.reason;
    }
    this.#adopt(running);
  }

  #adopt(running: RunningPlugin): void {
    const run = new Run(running, this.#options.clock, (lost) => {
      // Told by a call a moment before the connection tells. A caller that tries again at once would meet it for ever.
      this.#fail(lost, undefined);
      void running.channel.close(); // ends the run, if it has not ended; never rejects
    });
    this.#stderrTail = () => running.stderrTail();
    this.#become({ kind: 'ready', sinceMs: this.#now(), run, restarts: this.#restarts });
    this.#inBackground(this.#watch(run));
  }

  /** Until the end of a run, which is also the end of all that looks at it. */
  async #watch(run: Run): Promise<void> {
    const { liveness, maxMemoryBytes: maxBytes, memorySampleMs: sampleMs, onTooLarge, idleStopMs, clock } = this.#options;
    const watching = new AbortController();
    const { signal } = watching;
    const condemn = (why: string) => this.#fail(run, why);
    const ignoreEnd = (error: unknown) => {
      if (!signal.aborted) throw error;
    };
    const watches = [
      liveness && untilHung(run, liveness, clock, signal).then(condemn),
      maxBytes === undefined
        ? undefined
        : untilTooLarge(run, { maxBytes, sampleMs }, clock, signal).then((why) => {
            onTooLarge();
            condemn(why);
          }),
      idleStopMs === undefined ? undefined : untilIdle(run, idleStopMs, clock, signal).then(() => this.#rest(run)),
    ].map((watch) => watch?.catch(ignoreEnd));
    await run.running.ended;
    watching.abort();
    this.#fail(run, undefined);
    await Promise.all(watches);
  }

  /** Takes a run out of service, at once, and brings the plugin back. `why` is a verdict of ours: then it is killed. */
  #fail(run: Run, why: string | undefined): void {
    const state = this.#state;
    if (state.kind !== 'ready' || state.run !== run) return;
    this.#attempt = this.#now() - state.sinceMs >= this.#options.policy.stableMs ? 1 : this.#attempt + 1;
    this.#restarts++;
    if (why !== undefined) run.condemn(why);
    const stage = this.#nextStage();
    this.#becomeBackingOff(why ?? 'it ended');
    this.#inBackground(this.#comeBack(run, stage));
  }

  async #comeBack(run: Run, stage: AbortSignal): Promise<void> {
    const ended = run.end();
    this.#cleared = ended;
    const { why, stderrTail } = await ended;
    const { logger, plugin } = this.#options;
    logger.warn('plugin ended and is started again', { pluginId: plugin.manifest.id, why, attempt: this.#attempt, stderrTail });
    await this.#startAgain(why, stage);
  }

  /** Starts it now; at once another state. */
  #wake(): void {
    this.#attempt = 0;
    this.#inBackground(this.#startAgain('it was asked for', this.#nextStage()));
  }

  /** Tries until a start succeeds or the stage ends. */
  async #startAgain(firstWhy: string, stage: AbortSignal): Promise<void> {
    const { logger, clock, plugin } = this.#options;
    const pluginId = plugin.manifest.id;
    for (let why = firstWhy; !stage.aborted; this.#attempt++) {
      try {
        if (this.#attempt > 0) await clock.sleep(this.#becomeBackingOff(why), stage);
        this.#become({ kind: 'starting', sinceMs: this.#now(), attempt: this.#attempt, why });
        await this.#bringUp(stage);
        logger.info('plugin is back', { pluginId, attempt: this.#attempt, why });
        return;
      } catch (error) {
        if (stage.aborted) return;
        why = describeError(error);
        logger.error('plugin cannot be started', { pluginId, attempt: this.#attempt, error: why });
      }
    }
  }

  /** Stops a run that nobody has called for a while; the next call starts another. */
  async #rest(run: Run): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'ready' || state.run !== run) return;
    this.#nextStage();
    const resting = { kind: 'draining', sinceMs: this.#now(), cause: 'idle' } as const;
    this.#become(resting);
    const cleared = run.running.stop().catch(this.#logNotStopped);
    this.#cleared = cleared;
    await cleared;
    const why = `it had no call for ${this.#options.idleStopMs} ms`;
    if (this.#state === resting) this.#become({ kind: 'gone', sinceMs: this.#now(), cause: 'idle', why });
  }

  /** Ends what is being waited for or started, and begins a new stage. */
  #nextStage(): AbortSignal {
    this.#stage.abort(new Error('something else was decided'));
    this.#stage = new AbortController();
    return AbortSignal.any([this.#stage.signal, this.#lifetime.signal]);
  }

  #inBackground(work: Promise<void>): void {
    const tracked = work.finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }

  /** @returns how long the wait is */
  #becomeBackingOff(why: string): number {
    const { policy, chance } = this.#options;
    const attempt = this.#attempt;
    const delayMs = restartDelayMs(policy, attempt, chance());
    const sinceMs = this.#now();
    const isNews = this.#state.kind !== 'backing-off' || this.#state.attempt !== attempt;
    if (!isNews) this.#history.pop();
    this.#become({ kind: 'backing-off', sinceMs, attempt, nextStartMs: sinceMs + delayMs, isTripped: isTripped(policy, attempt), why });
    return delayMs;
  }

  #become(state: State): void {
    this.#state = state;
    const phase = phaseOf(state);
    this.#history.push(phase);
    if (this.#history.length > historyLength) this.#history.shift();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#options.onPhase?.(phase);
  }

  readonly #logNotStopped = (error: unknown): void => {
    this.#options.logger.error('a run of a plugin cannot be ended', { pluginId: this.#plugin.manifest.id, error: describeError(error) });
  };

  /** The error of a call that cannot be made now. */
  #unavailable(): HostError {
    const phase = this.phase;
    const { restartWaitMs } = this.#options;
    const detail = phase.kind === 'ready' ? '' : explainPhase(phase, { restartWaitMs, stderrTail: this.#stderrTail() });
    return new HostError('plugin_unavailable', { pluginId: this.#plugin.manifest.id, detail });
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}
