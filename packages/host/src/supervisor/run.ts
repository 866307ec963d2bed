import type { Channel } from '@backplane/protocol/grpc';
import type { PluginEnd, RunningPlugin } from '../launchers/index.ts';
import type { Clock } from './clock.ts';

/** The right to make one call on a run; the run is not drained before it is given back. */
export interface Lease {
  readonly channel: Channel;
  /** Told when the call finds the connection dead. */
  lost(): void;
  /** Told once, when the call is over. */
  release(): void;
}

/** One run of a plugin with the calls that are under way on it. */
export class Run {
  readonly running: RunningPlugin;
  readonly #clock: Clock;
  readonly #onLost: (run: Run) => void;
  #inFlight = 0;
  #idleSinceMs: number;
  #idle = Promise.withResolvers<void>();
  /** Why we ended it, when we did. */
  #verdict: string | undefined;

  constructor(running: RunningPlugin, clock: Clock, onLost: (run: Run) => void) {
    this.running = running;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#idleSinceMs = clock.nowMs();
    this.#idle.resolve();
  }

  get pid(): number | undefined {
    return this.running.pid;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Since when no call is under way; undefined while one is. */
  get idleSinceMs(): number | undefined {
    return this.#inFlight === 0 ? this.#idleSinceMs : undefined;
  }

  lease(): Lease {
    if (this.#inFlight++ === 0) this.#idle = Promise.withResolvers();
    let isOver = false;
    return {
      channel: this.running.channel,
      lost: () => this.#onLost(this),
      release: () => {
        if (isOver) return;
        isOver = true;
        if (--this.#inFlight > 0) return;
        this.#idleSinceMs = this.#clock.nowMs();
        this.#idle.resolve();
      },
    };
  }

  /** Ends it at once, for a reason that its exit does not tell. */
  condemn(why: string): void {
    this.#verdict = why;
    this.running.kill();
  }

  /** How it ended, once nothing is left of it. Never rejects: what cannot be killed is told in the words. */
  async end(): Promise<PluginEnd> {
    const end = await this.running.gone.catch((error: unknown) => ({ why: String(error), stderrTail: this.running.stderrTail() }));
    return this.#verdict === undefined ? end : { ...end, why: this.#verdict };
  }

  /** Lets the calls under way end, for so long, and stops it. Rejects with `plugin_not_stopped`. */
  async retire(drainMs: number): Promise<void> {
    const waiting = new AbortController();
    const limit = this.#clock.sleep(drainMs, waiting.signal).catch(() => {}); // aborted just below
    await Promise.race([this.#idle.promise, limit, this.running.ended]);
    waiting.abort();
    await this.running.stop();
  }
}
