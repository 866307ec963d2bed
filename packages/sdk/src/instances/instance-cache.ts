/** An instance in use. It is not disposed before every lease on it was released. */
export interface Lease<Instance> {
  readonly instance: Instance;
  /** A second release does nothing. */
  release(): void;
}

/** How instances are opened, compared and closed. */
export interface InstanceCacheOptions<Source, Instance> {
  readonly create: (source: Source) => Instance | Promise<Instance>;
  /** True when both describe the same settings, so that the instance of one serves the other. */
  readonly same: (kept: Source, asked: Source) => boolean;
  /** Copies what must outlive the request; the source itself by default. */
  readonly keep?: (source: Source) => Source;
  /** Told about what disposers throw. */
  readonly onDisposeError: (error: unknown) => void;
  /** Told how many instances there are, after each change. */
  readonly onCount?: (active: number) => void;
}

interface Entry<Source, Instance> {
  readonly source: Source;
  readonly opened: Promise<Instance>;
  isOpen: boolean;
  leases: number;
  /** Since the last look for idle ones. */
  isUsed: boolean;
  /** Nobody new may lease it; it goes with its last lease. */
  retired: boolean;
  disposing: boolean;
  /** Resolved once the instance is disposed. */
  readonly gone: PromiseWithResolvers<void>;
}

/**
 * Keeps one instance for each key, and replaces it when its settings change.
 *
 * Callers that ask at the same time share one `create`. An instance is disposed exactly once: when it was replaced,
 * was idle, or the cache was disposed, and nobody uses it any more. A failed `create` is not kept: the next call tries again.
 */
export class InstanceCache<Source, Instance> implements AsyncDisposable {
  readonly #options: InstanceCacheOptions<Source, Instance>;
  readonly #entries = new Map<string, Entry<Source, Instance>>();
  readonly #alive = new Set<Entry<Source, Instance>>();
  #isDisposed = false;

  constructor(options: InstanceCacheOptions<Source, Instance>) {
    this.#options = options;
  }

  /** Instances that are open or opening, replaced ones that are still in use included. */
  get size(): number {
    return this.#alive.size;
  }

  /**
   * Leases the instance of a key, opening it when there is none for these settings.
   *
   * @param signal ends the wait for an instance that is being opened; the opening goes on, for others
   * @throws whatever `create` throws, to every caller that waited for it; the signal's reason; an AbortError after disposal
   */
  async acquire(key: string, source: Source, signal?: AbortSignal): Promise<Lease<Instance>> {
    // Nobody would dispose of what is opened now.
    if (this.#isDisposed) throw new DOMException('the plugin is stopping', 'AbortError');
    const entry = this.#entryFor(key, source);
    entry.leases++;
    entry.isUsed = true;
    try {
      return this.#lease(entry, await (entry.isOpen || signal === undefined ? entry.opened : untilAborted(entry.opened, signal)));
    } catch (error) {
      this.#leave(entry);
      throw error;
    }
  }

  /** Retires the instances that nobody has used since this was called before: at regular calls, each goes within two of them. */
  retireIdle(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.leases === 0 && !entry.isUsed) this.#retire(key);
      entry.isUsed = false;
    }
  }

  /** Replaces the instance that was opened from this very source, if it is still the one in use for its key. */
  retire(source: Source): void {
    for (const [key, entry] of this.#entries) if (entry.source === source) this.#retire(key);
  }

  /** Retires every instance and resolves when all of them, the used ones included, are disposed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    for (const key of [...this.#entries.keys()]) this.#retire(key);
    while (this.#alive.size > 0) await Promise.all([...this.#alive].map((entry) => entry.gone.promise));
  }

  #entryFor(key: string, source: Source): Entry<Source, Instance> {
    const current = this.#entries.get(key);
    if (current !== undefined && this.#options.same(current.source, source)) return current;
    if (current !== undefined) this.#retire(key);
    const kept = this.#options.keep?.(source) ?? source;
    const opened = Promise.try(this.#options.create, kept);
    const entry: Entry<Source, Instance> = {
      source: kept,
      opened,
      isOpen: false,
      leases: 0,
      isUsed: true,
      retired: false,
      disposing: false,
      gone: Promise.withResolvers(),
    };
    this.#entries.set(key, entry);
    this.#alive.add(entry);
    this.#options.onCount?.(this.#alive.size);
    opened.then(
      () => {
        entry.isOpen = true;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#retire(key);
      },
    );
    return entry;
  }

  #lease(entry: Entry<Source, Instance>, instance: Instance): Lease<Instance> {
    let held = true;
    return {
      instance,
      release: () => {
        if (held) this.#leave(entry);
        held = false;
      },
    };
  }

  #leave(entry: Entry<Source, Instance>): void {
    entry.leases--;
    entry.isUsed = true;
    this.#disposeWhenIdle(entry);
  }

  #retire(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.retired = true;
    this.#disposeWhenIdle(entry);
  }

  #disposeWhenIdle(entry: Entry<Source, Instance>): void {
    if (!entry.retired || entry.leases > 0 || entry.disposing) return;
    entry.disposing = true;
    void this.#dispose(entry);
  }

  async #dispose(entry: Entry<Source, Instance>): Promise<void> {
    try {
      await disposeOf(await entry.opened.catch(() => undefined));
    } catch (error) {
      this.#options.onDisposeError(error);
    } finally {
      this.#alive.delete(entry);
      this.#options.onCount?.(this.#alive.size);
      entry.gone.resolve();
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Calls `Symbol.asyncDispose`, or else `Symbol.dispose`, when the instance has one. */
export async function disposeOf(instance: unknown): Promise<void> {
  if (typeof instance !== 'object' || instance === null) return;
  const owner = instance as Partial<AsyncDisposable & Disposable>;
  if (typeof owner[Symbol.asyncDispose] === 'function') await owner[Symbol.asyncDispose]?.();
  else if (typeof owner[Symbol.dispose] === 'function') owner[Symbol.dispose]?.();
}
