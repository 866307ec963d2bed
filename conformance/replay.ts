// Replays conformance/recordings against a Backplane server of its own.
//   npm run conformance -- --replay [--only FAMILY,…] [--id ID,…] [--limit N] [--json FILE] [--update]
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHOSEN } from './recordings/chosen.ts';
import { type Exchange, readExchanges, selectExchanges } from './recordings/read-exchanges.ts';
import { familiesBelow, formatFamilies, formatMismatch, type ReplayResult, replayExchanges, toReport } from './recordings/replayer.ts';
import { conformanceFolder } from './support/paths.ts';
import { serveAsRecorded } from './support/recorded-server.ts';

const recordings = join(conformanceFolder, 'recordings');
const baselineFile = join(recordings, 'baseline.json');

export interface ReplayOptions {
  /** Only these families, and what they depend on. */
  readonly only?: readonly string[];
  /** Only these exchanges, and what they depend on. */
  readonly ids?: readonly string[];
  /** Print differences: this many of each exchange; 0 prints counts alone. */
  readonly limit: number;
  /** File for the differences as JSON. */
  readonly json?: string | undefined;
  /** Raise the baseline to what was reached. */
  readonly update?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Replays and prints. @returns whether no family fell below its baseline, and nothing chosen came out equal */
export async function replay(options: ReplayOptions): Promise<boolean> {
  const { only = [], ids = [] } = options;
  const all = await readExchanges(join(recordings, 'exchanges'));
  const isPart = only.length + ids.length > 0;
  const exchanges = isPart ? selectExchanges(all, ({ family, id }) => only.includes(family) || ids.includes(id)) : all;
  const result = await replayOn(exchanges, options.signal);
  if (options.limit > 0) for (const mismatch of result.mismatches) console.log(`\n${formatMismatch(mismatch, options.limit)}`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(toReport(result.mismatches), null, 1)}\n`);
  const baseline = JSON.parse(await readFile(baselineFile, 'utf8')) as Record<string, number>;
  console.log(`\n${formatFamilies(result.families, baseline)}`);
  if (options.update && !isPart) await raise(baseline, result);
  const below = isPart ? [] : familiesBelow(result.families, baseline);
  for (const family of below)
    console.error(
      `${family} fell below its baseline of ${baseline[family]}; npm run conformance -- --replay --only ${family} shows what differs`,
    );
  for (const id of result.needlesslyChosen) console.error(`${id} is listed in recordings/chosen.ts, but came out as recorded: take it off`);
  return below.length + result.needlesslyChosen.length === 0;
}

async function replayOn(exchanges: readonly Exchange[], signal: AbortSignal | undefined): Promise<ReplayResult> {
  await using place = await serveAsRecorded();
  const chosen = new Set(Object.keys(CHOSEN));
  const { base, secrets } = place.server;
  return await replayExchanges(exchanges, { base, secrets, upstream: place.upstream, chosen, ...(signal && { signal }) });
}

/** The baseline only rises: a family that came out worse keeps its number. */
async function raise(baseline: Readonly<Record<string, number>>, { families }: ReplayResult): Promise<void> {
  const raised = Object.fromEntries([...families].map(([family, { equal }]) => [family, Math.max(equal, baseline[family] ?? 0)]));
  await writeFile(baselineFile, `${JSON.stringify(raised, null, 2)}\n`);
}
