import { rm } from 'node:fs/promises';
import test from 'node:test';
import { goPlugin, ourPlugin, type Probe, startGoProbe, startOurProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { type Case, type Pair, tryTimes } from './case.ts';
import { lifeCases } from './life-cases.ts';
import { healthCases, resourceCases, streamCases } from './other-cases.ts';
import { queryCases } from './query-cases.ts';

const CASES: readonly Case[] = [...healthCases, ...queryCases, ...resourceCases, ...streamCases, ...lifeCases];

/** Runs all cases for one pair, as tests of the calling file. Without Go, our own pair still runs what compares with nothing. */
export async function runMatrix(pair: Pair): Promise<void> {
  const go = await needsGo();
  const shared = new SharedProbe(() => startPair(pair));
  const genuine = new SharedProbe(() => startPair({ name: 'genuine', host: 'go', plugin: 'go' }));
  test.after(async () => {
    await shared.stop();
    await genuine.stop();
  });
  const isOurs = pair.host === 'ours' && pair.plugin === 'ours';
  for (const { name, fresh, tries = 1, only, comparesWithGenuine, run } of CASES) {
    if (only && !only(pair)) continue;
    const options = isOurs && !comparesWithGenuine ? {} : go;
    test(`${pair.name}: ${name}`, options, async () => {
      if (!fresh) return run({ probe: await shared.get(), pair, genuine: () => genuine.get() });
      await tryTimes(tries, async () => {
        await using probe = await startPair(pair);
        await run({ probe, pair, genuine: () => genuine.get() });
        // A genuine plugin that a signal ended leaves its socket behind.
        await rm(probe.address, { force: true });
      });
    });
  }
}

async function startPair({ host, plugin }: Pair): Promise<Probe> {
  const program = plugin === 'go' ? await goPlugin() : ourPlugin();
  return host === 'go' ? startGoProbe(program) : startOurProbe(program);
}

/** A probe that starts when it is first needed. */
class SharedProbe {
  readonly #start: () => Promise<Probe>;
  #probe: Promise<Probe> | undefined;

  constructor(start: () => Promise<Probe>) {
    this.#start = start;
  }

  get(): Promise<Probe> {
    this.#probe ??= this.#start();
    return this.#probe;
  }

  async stop(): Promise<void> {
    const probe = await this.#probe?.catch(() => undefined);
    await probe?.[Symbol.asyncDispose]();
  }
}
