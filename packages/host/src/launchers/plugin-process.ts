import { describeError, HostError, type StartFacts } from '../errors/index.ts';
import type { MemoryGroup } from './cgroup/index.ts';
import { type Child, describeExit, type Exit } from './child.ts';
import { diagnose, readOomKills } from './diagnosis.ts';
import type { RunSlot } from './run-folder/index.ts';
import type { PluginLog, StderrReader } from './stderr.ts';
import { within } from './within.ts';

/** How long we wait for what a process that ended wrote last. */
const lastWordsWaitMs = 1_000;
/** How long SIGKILL may take. */
const reapWaitMs = 5_000;

/** The parts of a plugin process that live and end together. */
export interface PluginProcessParts {
  readonly log: PluginLog;
  readonly file: string;
  readonly child: Child;
  readonly slot: RunSlot;
  /** Limits its memory. */
  readonly memory: MemoryGroup | undefined;
  /** Told when the kernel has killed it for that limit. */
  readonly onMemoryKill: () => void;
  readonly stderr: StderrReader;
}

/** A child process with its output, its folder, and its certain end. */
export class PluginProcess {
  readonly pluginId: string;
  readonly file: string;
  readonly child: Child;
  readonly #log: PluginLog;
  readonly #slot: RunSlot;
  readonly #memory: MemoryGroup | undefined;
  readonly #onMemoryKill: () => void;
  readonly #stderr: StderrReader;
  readonly #oomKills = readOomKills();
  #isKilled = false;
  #isOverMemory = false;
  #removed: Promise<void> | undefined;

  constructor({ log, file, child, slot, memory, onMemoryKill, stderr }: PluginProcessParts) {
    this.pluginId = log.pluginId;
    this.#log = log;
    this.#memory = memory;
    this.#onMemoryKill = onMemoryKill;
    this.file = file;
    this.child = child;
    this.#slot = slot;
    this.#stderr = stderr;
  }

  get exited(): Promise<Exit> {
    return this.child.exited;
  }

  stderrTail(): readonly string[] {
    return this.#stderr.tail();
  }

  /** Facts for an error about its start, as of now. */
  startFacts(): StartFacts {
    const exit = this.child.exit();
    const { pluginId, file } = this;
    const stderrTail = this.stderrTail();
    return { pluginId, file, stderrTail, exit: exit === undefined ? undefined : describeExit(exit), diagnosis: this.diagnosis() };
  }

  /** What its end, or its silence, probably means. */
  diagnosis(): string | undefined {
    const isMemoryShort = (readOomKills() ?? 0) > (this.#oomKills ?? 0);
    return diagnose({
      exit: this.child.exit(),
      stderrTail: this.stderrTail(),
      isKilledByUs: this.#isKilled,
      isMemoryShort,
      exceededBytes: this.#findMemoryKill() ? this.#memory?.maxBytes : undefined,
    });
  }

  /** Resolves once its stderr is read to the end, or soon. */
  async lastWords(): Promise<void> {
    await within(this.#stderr.ended, lastWordsWaitMs);
  }

  kill(): void {
    // What has ended has not ended by this.
    if (this.child.exit() === undefined) this.#isKilled = true;
    this.child.signalGroup('SIGKILL');
  }

  /**
   * Kills what is left of it, reads its last words, and removes its folder. A second call waits for the first.
   *
   * @throws HostError `plugin_not_stopped`
   */
  remove(): Promise<void> {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async #remove(): Promise<void> {
    this.kill();
    if ((await within(this.exited, reapWaitMs)) === undefined) {
      throw new HostError('plugin_not_stopped', { pluginId: this.pluginId, pid: this.child.pid, waitedMs: reapWaitMs });
    }
    await this.#slot.close();
    await this.#removeMemoryGroup();
    // A grandchild that we could not find may hold the pipes: nothing waits for their end.
    await this.lastWords();
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }

  /** Remembered, because what the kernel says about it goes with the group. */
  #findMemoryKill(): boolean {
    this.#isOverMemory ||= this.child.exit() !== undefined && (this.#memory?.oomKills() ?? 0) > 0;
    return this.#isOverMemory;
  }

  async #removeMemoryGroup(): Promise<void> {
    if (this.#memory === undefined) return;
    if (this.#findMemoryKill()) this.#onMemoryKill();
    const { pluginId, logger } = this.#log;
    await this.#memory.remove().catch((error) => {
      logger.warn('the cgroup of a plugin cannot be removed', { pluginId, cgroup: this.#memory?.path, error: describeError(error) });
    });
  }
}
