import type { DatabaseTarget, EngineJob, EngineReply } from '../engine/index.ts';
import { SqliteError } from '../errors.ts';
import { EngineProcess } from './engine-process.ts';

/** What an engine pool may be told. */
export interface PoolOptions {
  /** Engines that run queries at the same time; 4 by default. */
  readonly maxEngines?: number;
  /** How long an engine without work stays; 60 000 by default. */
  readonly idleMs?: number;
}

/** What one job may be told. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** Includes the wait for a free engine. */
  readonly timeoutMs: number;
  /** Health checks and look-ups may use one engine more, so that long queries cannot starve them. */
  readonly urgent?: boolean;
}

/** Engines of one database file: started when needed, reused, killed when a job runs too long or nobody waits for it any more. */
export class EnginePool implements AsyncDisposable {
  readonly #target: DatabaseTarget;
  readonly #maxEngines: number;
  readonly #idleMs: number;
  readonly #idle = new Map<EngineProcess, NodeJS.Timeout>();
  readonly #all = new Set<EngineProcess>();
  readonly #closing = new AbortController();
  #waiting: (() => void)[] = [];
  #retired = false;
  #starting = 0;

  constructor(target: DatabaseTarget, { maxEngines = 4, idleMs = 60_000 }: PoolOptions = {}) {
    this.#target = target;
    this.#maxEngines = maxEngines;
    this.#idleMs = idleMs;
  }

  /**
   * Runs a job on a free engine.
   *
   * @throws SqliteError `query_timeout`, `query_cancelled`, `engine_lost`, or what the engine replied
   */
  async run(job: EngineJob, { signal, timeoutMs, urgent = false }: RunOptions): Promise<Extract<EngineReply, { ok: true }>> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const ended = AbortSignal.any([signal, timeout, this.#closing.signal]);
    const explain = () =>
      timeout.aborted
        ? new SqliteError('query_timeout', `the query was stopped after ${timeoutMs} ms; narrow it, or raise the setting queryTimeoutMs`)
        : new SqliteError('query_cancelled', 'the query was cancelled');
    const engine = await this.#acquire(urgent, ended, explain);
    if (ended.aborted) {
      this.#release(engine, true);
      throw explain();
    }
    const reply = await untilAborted(engine.run(job), ended, explain).finally(() => this.#release(engine, ended.aborted));
    if (!reply.ok) throw new SqliteError(reply.code, reply.message);
    return reply;
  }

  /** Ends engines as they become free; jobs that run go on. Resolves when the idle ones are gone. */
  async retire(): Promise<void> {
    this.#retired = true;
    const idle = [...this.#idle.keys()];
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all(idle.map((engine) => this.#drop(engine)));
  }

  /** Kills all engines and fails all jobs; resolves when the processes are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all([...this.#all].map((engine) => this.#drop(engine)));
  }

  async #acquire(urgent: boolean, ended: AbortSignal, explain: () => SqliteError): Promise<EngineProcess> {
    for (;;) {
      if (ended.aborted) throw explain();
      for (const [engine, timer] of this.#idle) {
        clearTimeout(timer);
        this.#idle.delete(engine);
        if (engine.usable) return engine;
        this.#all.delete(engine);
      }
      // One start at a time: a burst of queries after a start would otherwise fight over the processor with their engines.
      const mayStart = urgent || this.#starting === 0;
      if (mayStart && this.#all.size < this.#maxEngines + (urgent ? 1 : 0)) return this.#start();
      await untilAborted(new Promise<void>((resolve) => this.#waiting.push(resolve)), ended, explain);
    }
  }

  #start(): EngineProcess {
    const engine = new EngineProcess(this.#target);
    this.#all.add(engine);
    this.#starting++;
    void engine.ready.then(() => {
      this.#starting--;
      this.#wake();
    });
    return engine;
  }

  #release(engine: EngineProcess, aborted: boolean): void {
    if (aborted || !engine.usable || this.#retired) {
      void this.#drop(engine);
    } else {
      const timer = setTimeout(() => {
        this.#idle.delete(engine);
        void this.#drop(engine);
      }, this.#idleMs);
      this.#idle.set(engine, timer.unref());
      this.#wake();
    }
  }

  /** Its place is free only when the process is: a killed engine still holds its memory for a moment. */
  async #drop(engine: EngineProcess): Promise<void> {
    await engine[Symbol.asyncDispose]();
    this.#all.delete(engine);
    this.#wake();
  }

  /** All waiting jobs look again: urgent ones and others compete for different places. */
  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, explain: () => Error): Promise<T> {
  if (signal.aborted) throw explain();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(explain());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // The loser of the race may still reject; somebody has to have heard it.
    work.catch(() => undefined);
  }
}
