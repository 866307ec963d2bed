import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { serveAsRecorded } from '../../support/recorded-server.ts';
import { Random } from '../random.ts';
import { Coverage } from './coverage.ts';
import { type Description, withKnownValues } from './description.ts';
import { furnish } from './furnish.ts';
import { openIdentities } from './identities.ts';
import { residentBytes } from './memory.ts';
import { startObserver } from './observer.ts';
import type { Sender } from './send-own.ts';
import { Tally } from './tally.ts';

export interface ApiFuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly send: Sender;
  /** No answer in this time is a hang; calls of plugins end in 10 s. */
  readonly hangMs?: number;
  readonly onProgress?: (line: string) => void;
}

/** What one run has found; without failures all held. */
export interface ApiFuzzReport extends Pick<Tally, 'requests' | 'statuses' | 'foreignErrors' | 'slowest' | 'failures'> {
  readonly coverage: Coverage['figures'];
  /** Resident memory of the server in bytes: after its first tenth of requests, at most, and at the end. Undefined without /proc. */
  readonly memory: { readonly warm: number; readonly peak: number; readonly end: number } | undefined;
}

/** So much more than after the first tenth of the requests the server may hold at the end. */
export const MAX_GROWTH_BYTES = 256 * 2 ** 20;
const MAX_FAILURES = 25;
const FURNISH_PAUSE_MS = 3000;

/**
 * Starts a server with the plugins of the recordings over an empty store, sends requests that its own OpenAPI document
 * allows and forbids, and watches every answer.
 */
export async function fuzzApi({ requests, seed, send, hangMs = 30_000, onProgress }: ApiFuzzOptions): Promise<ApiFuzzReport> {
  const canary = `canary-${randomUUID()}`;
  const password = `${canary}-password`;
  await using place = await serveAsRecorded((upstream) => ({
    GF_SECURITY_ADMIN_PASSWORD: password,
    // Nothing is sent to anybody else, whatever URLs are made up.
    GF_SECURITY_DATA_SOURCE_PROXY_WHITELIST: upstream,
    GF_DATAPROXY_TIMEOUT: '10',
    GF_BACKPLANE_CALL_TIMEOUT: '10s',
    GF_AUTH_TOKEN_ROTATION_INTERVAL_MINUTES: '1000',
    ACME_TOKEN: `${canary}-token`,
  }));
  const { base, pid } = place.server;
  const identities = await openIdentities(base, { password });
  const described = (await (await fetch(`${base}/public/openapi3.json`)).json()) as Description;
  const description = withKnownValues(described, await furnish(identities.ask, { upstream: place.upstream, canary }));
  place.server.secrets.learn(canary);
  const tally = new Tally(place.server.secrets);
  const coverage = new Coverage(described);
  const over = new AbortController();
  const memory = { warm: 0, peak: 0, end: 0 };
  const look = () => {
    const bytes = residentBytes(pid) ?? 0;
    memory.peak = Math.max(memory.peak, bytes);
    return bytes;
  };
  await using observer = await startObserver({
    ...{ target: base, identities, random: new Random(seed), hangMs },
    onError(what) {
      if (!over.signal.aborted) tally.failures.push(what);
    },
    onExchange(exchange) {
      if (over.signal.aborted) return;
      tally.add(exchange);
      coverage.note(exchange.method, exchange.url, exchange.answer?.status ?? 0);
      if (tally.requests % 20 === 0) memory.end = look();
      if (tally.requests === Math.ceil(requests / 10)) memory.warm = look();
      if (tally.requests % 1000 === 0)
        onProgress?.(`${tally.requests} requests, ${tally.failures.length} failures, ${toMib(memory.end)} MiB`);
      if (tally.requests >= requests || tally.failures.length >= MAX_FAILURES) over.abort();
    },
  });
  const furnishAgain = () => furnish(identities.ask, { upstream: place.upstream, canary });
  const watch = repeat(furnishAgain, over, tally.failures);
  tally.failures.push(...(await send({ description, base: observer.base, seed, signal: over.signal })));
  await watch;
  memory.end = look();
  if (memory.end - memory.warm > MAX_GROWTH_BYTES)
    tally.failures.push(`memory grew from ${toMib(memory.warm)} to ${toMib(memory.end)} MiB`);
  return { ...tally, coverage: coverage.figures, memory: residentBytes(pid) === undefined ? undefined : memory };
}

/** Puts back what was removed. Ends the run when that fails: nothing that follows would be worth anything. */
async function repeat(furnishAgain: () => Promise<unknown>, over: AbortController, failures: string[]): Promise<void> {
  while (!over.signal.aborted) {
    await furnishAgain().catch((error) => {
      failures.push(`the server or the login is gone: ${error}`);
      over.abort();
    });
    await delay(FURNISH_PAUSE_MS, undefined, { signal: over.signal }).catch(() => undefined); // over is over
  }
}

/** Bytes as whole MiB. */
export function toMib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
