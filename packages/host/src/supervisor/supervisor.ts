import type { DiscoveredPlugin } from '../discovery/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { HostLogger, Launcher, RunningPlugin } from '../launchers/index.ts';
import type { Clock } from './clock.ts';
import { type Phase, phaseOf, type State } from './phase.ts';
import { type RestartPolicy, restartDelayMs } from './restart-policy.ts';

/** What a supervisor works with. */
export interface SupervisorOptions {
  readonly plugin: DiscoveredPlugin;
  readonly launcher: Launcher;
  readonly policy: RestartPolicy;
  /** How long a call waits for a plugin that is not ready. */
  readonly restartWaitMs: number;
  readonly clock: Clock;
  readonly logger: HostLogger;
}

/** Keeps one plugin running from its first start until it is stopped. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  /** One lifetime: waits and starts hang on it. */
  readonly #lifetime = new AbortController();
  #state: State;
  #changed = Promise.withResolvers<void>();
  #restarts = 0;
  #work: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #stderrTail: () => readonly string[] = () => [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#state = { kind: 'starting', sinceMs: options.clock.nowMs() };
  }

  get phase(): Phase {
    return phaseOf(this.#state);
  }

  /** Last lines of standard error of the latest run, oldest first. */
  stderrTail(): readonly string[] {
    return this.#stderrTail();
  }

  /**
   * Starts the plugin for the first time. A failure is final: it is told to whoever asked, and not tried again.
   *
   * @throws HostError about the start, or the signal's reason
   */
  async start(signal?: AbortSignal): Promise<void> {
    const launched = this.#launch(signal);
    // One promise for the start and the run, so that a stop between them waits for the run.
    this.#work = launched.then(
      (running) => this.#supervise(running),
      () => {},
    );
    try {
      await launched;
      this.#lifetime.signal.throwIfAborted();
    } catch (error) {
      if (!this.#lifetime.signal.aborted) this.#become({ kind: 'failed', sinceMs: this.#now(), why: describeError(error) });
      throw error;
    }
  }

  /**
   * The run to make a call on; waits while the plugin is being started again.
   *
   * @throws HostError `plugin_unavailable` when it is stopped or not back in time; or the signal's reason
   */
  async acquire(signal?: AbortSignal): Promise<RunningPlugin> {
    const first = this.#state;
    if (first.kind === 'ready') return first.running;
    signal?.throwIfAborted();
    const waiting = new AbortController();
    const { clock, restartWaitMs } = this.#options;
    const limits = AbortSignal.any([waiting.signal, ...(signal === undefined ? [] : [signal])]);
    let late = false;
    const limit = clock.sleep(restartWaitMs, limits).then(() => {
      late = true;
    });
    limit.catch(() => {}); // seen by the race below
    try {
      for (;;) {
        const state: State = this.#state;
        switch (state.kind) {
          case 'ready':
            return state.running;
          case 'starting':
          case 'restarting':
            if (late) throw this.#unavailable(state);
            await Promise.race([this.#changed.promise, limit]);
            break;
          case 'stopping':
          case 'stopped':
          case 'failed':
            throw this.#unavailable(state);
          default:
            state satisfies never;
        }
      }
    } finally {
      waiting.abort();
    }
  }

  /**
   * Takes a run out of service on which a call has met a dead connection, a moment before the connection itself tells.
   * Without it a caller that tries again at once would meet the same dead connection for ever.
   */
  lost(running: RunningPlugin): void {
    if (this.#state.kind !== 'ready' || this.#state.running !== running) return;
    this.#becomeRestarting(1, 'connection lost');
    void running.channel.close(); // ends the run, if it has not ended; never rejects
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
    const state = this.#state;
    this.#lifetime.abort(this.#unavailable({ kind: 'stopping', sinceMs: this.#now() }));
    this.#become({ kind: 'stopping', sinceMs: this.#now() });
    try {
      await Promise.all([state.kind === 'ready' ? state.running.stop() : undefined, this.#work]);
    } finally {
      this.#become({ kind: 'stopped', sinceMs: this.#now() });
    }
  }

  /** From one good start to the next, until the end of this lifetime. */
  async #supervise(first: RunningPlugin): Promise<void> {
    const { policy, logger, plugin } = this.#options;
    let attempt = 0;
    for (let running: RunningPlugin | undefined = first; running !== undefined; ) {
      if (this.#lifetime.signal.aborted) return await running.stop();
      const readyAtMs = this.#now();
      this.#become({ kind: 'ready', sinceMs: readyAtMs, running, restarts: this.#restarts });
      await running.ended;
      if (this.#lifetime.signal.aborted) {
        await running.gone;
        return;
      }
      attempt = this.#now() - readyAtMs >= policy.stableMs ? 1 : attempt + 1;
      this.#becomeRestarting(attempt, 'it ended');
      const why = await running.gone.then((end) => end.why, describeError);
      logger.warn('plugin ended and is started again', { pluginId: plugin.manifest.id, why, attempt, stderrTail: running.stderrTail() });
      [running, attempt] = await this.#restart(attempt, why);
    }
  }

  async #restart(firstAttempt: number, firstWhy: string): Promise<[RunningPlugin | undefined, number]> {
    const { policy, clock, logger, plugin } = this.#options;
    let why = firstWhy;
    for (let attempt = firstAttempt; ; attempt++) {
      this.#becomeRestarting(attempt, why);
      try {
        await clock.sleep(restartDelayMs(policy, attempt), this.#lifetime.signal);
        const running = await this.#launch();
        this.#restarts++;
        logger.info('plugin is back', { pluginId: plugin.manifest.id, pid: running.pid, attempt });
        return [running, attempt];
      } catch (error) {
        if (this.#lifetime.signal.aborted) return [undefined, attempt];
        why = describeError(error);
        logger.error('plugin cannot be started again', { pluginId: plugin.manifest.id, attempt, error: why });
      }
    }
  }

  async #launch(signal?: AbortSignal): Promise<RunningPlugin> {
    const lifetime = this.#lifetime.signal;
    const running = await this.#options.launcher.launch(this.#options.plugin, {
      signal: signal === undefined ? lifetime : AbortSignal.any([signal, lifetime]),
    });
    this.#stderrTail = () => running.stderrTail();
    if (lifetime.aborted) {
      await running.stop();
      lifetime.throwIfAborted();
    }
    return running;
  }

  #becomeRestarting(attempt: number, why: string): void {
    if (this.#lifetime.signal.aborted) return;
    const sinceMs = this.#state.kind === 'restarting' ? this.#state.sinceMs : this.#now();
    const nextStartMs = this.#now() + restartDelayMs(this.#options.policy, attempt);
    this.#become({ kind: 'restarting', sinceMs, attempt, nextStartMs, why });
  }

  #become(state: State): void {
    this.#state = state;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #unavailable(state: Exclude<State, { kind: 'ready' }>): HostError {
    return new HostError('plugin_unavailable', { pluginId: this.#options.plugin.manifest.id, detail: this.#explain(state) });
  }

  #explain(state: Exclude<State, { kind: 'ready' }>): string {
    const { restartWaitMs } = this.#options;
    switch (state.kind) {
      case 'starting':
        return `it is not ready after ${restartWaitMs} ms; wait for its start`;
      case 'restarting': {
        const tail = this.stderrTail().slice(-3).join('\n');
        return `it is being restarted (attempt ${state.attempt}: ${state.why})${tail === '' ? '' : `; last stderr: ${JSON.stringify(tail)}`}; it was not back in ${restartWaitMs} ms; try again`;
      }
      case 'stopping':
      case 'stopped':
        return 'it was stopped; load it again';
      case 'failed':
        return `it did not start: ${state.why}`;
      default:
        return state satisfies never;
    }
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}
