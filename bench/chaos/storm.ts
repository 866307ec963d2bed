import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost, isHostError, type PluginHandle } from '@backplane/host';
import { heapBytes, openDescriptors } from './own-process.ts';
import { addPlugin, type PluginKind } from './plugins.ts';
import { ask } from './question.ts';

/** How hard it storms. */
export interface StormOptions {
  readonly durationMs: number;
  readonly callsPerSecond: number;
  /** Between two kills of a plugin by chance. */
  readonly killEveryMs: number;
  /** One entry for each plugin. */
  readonly plugins: readonly PluginKind[];
  /** Limit of a call; what takes longer is a hang. */
  readonly callTimeoutMs: number;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** What came of it. */
export interface StormReport {
  readonly calls: number;
  readonly answered: number;
  /** Failed calls by the code of their HostError. */
  readonly failures: Readonly<Record<string, number>>;
  readonly kills: Readonly<Record<string, number>>;
  readonly restarts: number;
  readonly longestMs: number;
  /** How long this process had no turn at most: what a busy machine adds to any call. */
  readonly longestPauseMs: number;
  readonly heapGrowthBytes: number;
  readonly descriptorGrowth: number;
  /** What must not be, in words: wrong answers, errors without a code, hangs, and what is left at the end. */
  readonly violations: readonly string[];
}

const SIGNALS = ['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const;
/**
 * What a call may be over its limit and still counts as cut off in time, besides a few of the longest pauses of this very process:
 * on a busy machine the timer, the plugin and the caller wait for a processor one after the other.
 */
const lateAllowanceMs = 2_000;
const pausesOfACall = 4;
const tickMs = 5;
/** Growth of the heap that counts as flat. */
const flatHeapBytes = 24 * 2 ** 20;

/** Calls plugins while they are killed by chance, and looks at every answer and at what is left. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const root = mkdtempSync(join(tmpdir(), 'bp-storm-'));
  try {
    return await stormIn(root, options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function stormIn(root: string, options: StormOptions): Promise<StormReport> {
  const descriptorsBefore = openDescriptors();
  const runRoot = join(root, 'run');
  for (const [index, kind] of options.plugins.entries()) {
    const id = `storm${index}-datasource`;
    addPlugin(join(root, 'plugins', id), id, kind);
  }
  const state = new Tally(options.callTimeoutMs);
  {
    await using host = await createHost({
      runRoot,
      restartWaitMs: options.callTimeoutMs,
      restart: { baseDelayMs: 100, maxDelayMs: 2_000, stableMs: 2_000 },
      liveness: { intervalMs: 500, timeoutMs: 1_500, failures: 2 },
      limits: { callTimeoutMs: options.callTimeoutMs },
    });
    await host.load(join(root, 'plugins'));
    for (const { pluginId, message } of host.problems()) state.violations.push(`${pluginId}: ${message}`);
    const plugins = host.plugins();
    // The first second makes the code hot and the pools full: what grows after that is a leak.
    await call(plugins, state, { ...options, durationMs: 1_000 });
    const heapBefore = heapBytes();
    const leaving = new AbortController();
    const kills = kill(plugins, state, options.killEveryMs, leaving.signal);
    await call(plugins, state, options);
    leaving.abort();
    await kills;
    state.heapGrowthBytes = heapBytes() - heapBefore;
    state.restarts = plugins.reduce((sum, { phase }) => sum + (phase.kind === 'ready' ? phase.restarts : 0), 0);
  }
  state.lookForLeftovers(runRoot);
  return state.report(openDescriptors() - descriptorsBefore);
}

/** Starts calls at an even rate, whether those before have ended or not, and waits for the last one. */
async function call(plugins: readonly PluginHandle[], state: Tally, options: StormOptions): Promise<void> {
  const startedAtMs = performance.now();
  const open = new Set<Promise<void>>();
  let nextReportAtMs = 10_000;
  for (let made = 0, lastMs = 0; ; ) {
    const passedMs = performance.now() - startedAtMs;
    state.pause(passedMs - lastMs - tickMs);
    lastMs = passedMs;
    if (passedMs >= options.durationMs) break;
    for (; made < (passedMs * options.callsPerSecond) / 1_000; made++) {
      const plugin = plugins[Math.floor(Math.random() * plugins.length)] as PluginHandle;
      const one = state.judge(plugin).finally(() => open.delete(one));
      open.add(one);
    }
    if (passedMs >= nextReportAtMs) {
      nextReportAtMs += 10_000;
      options.onProgress?.(state.progress(open.size));
    }
    await sleep(tickMs);
  }
  await Promise.all(open);
}

async function kill(plugins: readonly PluginHandle[], state: Tally, everyMs: number, leaving: AbortSignal): Promise<void> {
  while (!leaving.aborted) {
    const victim = plugins[Math.floor(Math.random() * plugins.length)];
    const signal = SIGNALS[Math.floor(Math.random() * SIGNALS.length)] ?? 'SIGKILL';
    if (victim?.phase.kind === 'ready' && victim.phase.pid !== undefined) state.kill(victim.phase.pid, signal);
    await sleep(everyMs, undefined, { signal: leaving }).catch(() => undefined); // left in between
  }
}

/** Counts what happens. */
class Tally {
  readonly violations: string[] = [];
  restarts = 0;
  heapGrowthBytes = 0;
  readonly #callTimeoutMs: number;
  readonly #failures: Record<string, number> = {};
  readonly #kills: Record<string, number> = {};
  readonly #pids = new Set<number>();
  #calls = 0;
  #answered = 0;
  #longestMs = 0;
  #longestPauseMs = 0;

  constructor(callTimeoutMs: number) {
    this.#callTimeoutMs = callTimeoutMs;
  }

  async judge(plugin: PluginHandle): Promise<void> {
    const number = ++this.#calls;
    const startedAtMs = performance.now();
    if (plugin.phase.kind === 'ready' && plugin.phase.pid !== undefined) this.#pids.add(plugin.phase.pid);
    try {
      const wrong = await ask(plugin, number);
      if (wrong === undefined) this.#answered++;
      else this.violations.push(`wrong answer of ${plugin.id}: ${wrong}`);
    } catch (error) {
      if (isHostError(error)) this.#failures[error.code] = (this.#failures[error.code] ?? 0) + 1;
      else this.violations.push(`error without a code of ${plugin.id}: ${String(error)}`);
    }
    const tookMs = performance.now() - startedAtMs;
    this.#longestMs = Math.max(this.#longestMs, tookMs);
  }

  /** The process had no turn for so long. */
  pause(ms: number): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, ms);
  }

  kill(pid: number, signal: NodeJS.Signals): void {
    this.#pids.add(pid);
    this.#kills[signal] = (this.#kills[signal] ?? 0) + 1;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it died just now
    }
  }

  lookForLeftovers(runRoot: string): void {
    for (const pid of this.#pids) if (existsSync(`/proc/${pid}`)) this.violations.push(`process ${pid} is left`);
    const files = existsSync(runRoot) ? readdirSync(runRoot, { recursive: true }) : [];
    for (const file of files) this.violations.push(`${String(file)} is left`);
  }

  progress(open: number): string {
    return `${this.#calls} calls, ${this.#answered} answered, ${open} open, failures ${JSON.stringify(this.#failures)}`;
  }

  report(descriptorGrowth: number): StormReport {
    const latestMs = this.#callTimeoutMs + lateAllowanceMs + pausesOfACall * this.#longestPauseMs;
    if (this.#longestMs > latestMs) {
      this.violations.push(`a call took ${this.#longestMs.toFixed(0)} ms, which no pause of this process explains`);
    }
    if (descriptorGrowth > 0) this.violations.push(`${descriptorGrowth} descriptors are left open`);
    if (this.heapGrowthBytes > flatHeapBytes) this.violations.push(`the heap grew by ${this.heapGrowthBytes} bytes`);
    return {
      calls: this.#calls,
      answered: this.#answered,
      failures: this.#failures,
      kills: this.#kills,
      restarts: this.restarts,
      longestMs: Math.round(this.#longestMs),
      longestPauseMs: Math.round(this.#longestPauseMs),
      heapGrowthBytes: this.heapGrowthBytes,
      descriptorGrowth,
      violations: this.violations,
    };
  }
}
