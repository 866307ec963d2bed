/** Runs calls with the same key one after another, in the order they came; calls with other keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const mine = before === undefined ? run() : before.then(run, run);
    this.#last.set(key, mine);
    const forget = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }
}

export interface GateOptions {
  /** So many run at a time. */
  readonly running: number;
  /** So many wait at most, and of one key at most so many. */
  readonly waiting: number;
  readonly waitingOfOneKey: number;
}

/** Lets a call through, when others have ended. @throws what `refuse` makes, at once, when too many wait */
export type Gate = <Result>(run: () => Promise<Result>, key?: string | undefined) => Promise<Result>;

/** Makes a gate that lets some calls run at a time; the others wait in the order they came. */
export function createGate({ running: limit, waiting: most, waitingOfOneKey }: GateOptions, refuse: () => Error): Gate {
  const waiting: { readonly key: string | undefined; readonly pass: () => void }[] = [];
  let running = 0;
  return async (run, key) => {
    if (running === limit) {
      const ofKey = key === undefined ? 0 : waiting.filter((other) => other.key === key).length;
      if (waiting.length >= most || ofKey >= waitingOfOneKey) throw refuse();
      await new Promise<void>((pass) => waiting.push({ key, pass }));
    } else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next.pass();
    }
  };
}
