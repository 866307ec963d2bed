import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { serveAsRecorded } from '../../support/recorded-server.ts';
import { Random } from '../random.ts';
import { type Description, type KnownValues, withKnownValues } from './description.ts';
import { openIdentities } from './identities.ts';
import { residentBytes } from './memory.ts';
import { startObserver } from './observer.ts';
import type { Sender } from './send-own.ts';
import { Tally } from './tally.ts';

export interface ApiFuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly send: Sender;
  readonly onProgress?: (line: string) => void;
}

/** What one run has found; without failures all held. */
export interface ApiFuzzReport extends Pick<Tally, 'requests' | 'statuses' | 'foreignErrors' | 'slowest' | 'failures'> {
  /** Resident memory of the server in bytes: after its first tenth of requests, at most, and at the end. Undefined without /proc. */
  readonly memory: { readonly warm: number; readonly peak: number; readonly end: number } | undefined;
}

/** No answer in this time is a hang; calls of plugins end in a third of it. */
const HANG_MS = 30_000;
/** So much more than after the first tenth of the requests the server may hold at the end. */
export const MAX_GROWTH_BYTES = 256 * 2 ** 20;
const MAX_FAILURES = 25;

/**
 * Starts a server with the plugins of the recordings over an empty store, sends requests that its own OpenAPI document
 * allows and forbids, and watches every answer.
 */
export async function fuzzApi({ requests, seed, send, onProgress }: ApiFuzzOptions): Promise<ApiFuzzReport> {
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
  const description = withKnownValues(described, { ...(await knownValues(base, password)), ...secretValues(canary) });
  place.server.secrets.learn(canary);
  const tally = new Tally(place.server.secrets);
  const over = new AbortController();
  const memory = { warm: 0, peak: 0, end: 0 };
  const look = () => {
    const bytes = residentBytes(pid) ?? 0;
    memory.peak = Math.max(memory.peak, bytes);
    return bytes;
  };
  await using observer = await startObserver({
    ...{ target: base, identities, random: new Random(seed), hangMs: HANG_MS },
    onExchange(exchange) {
      if (over.signal.aborted) return;
      tally.add(exchange);
      if (tally.requests % 20 === 0) memory.end = look();
      if (tally.requests === Math.ceil(requests / 10)) memory.warm = look();
      if (tally.requests % 1000 === 0)
        onProgress?.(`${tally.requests} requests, ${tally.failures.length} failures, ${toMib(memory.end)} MiB`);
      if (tally.requests >= requests || tally.failures.length >= MAX_FAILURES) over.abort();
    },
  });
  const watch = watchAlive(identities.assertAlive, over, tally.failures);
  tally.failures.push(...(await send({ description, base: observer.base, seed, signal: over.signal })));
  await watch;
  await identities.assertAlive().catch((error) => tally.failures.push(String(error)));
  memory.end = look();
  if (memory.end - memory.warm > MAX_GROWTH_BYTES)
    tally.failures.push(`memory grew from ${toMib(memory.warm)} to ${toMib(memory.end)} MiB`);
  return { ...tally, memory: residentBytes(pid) === undefined ? undefined : memory };
}

/** Ends the run when the administrator is locked out: nothing that follows would be worth anything. */
async function watchAlive(assertAlive: () => Promise<void>, over: AbortController, failures: string[]): Promise<void> {
  while (!over.signal.aborted) {
    await assertAlive().catch((error) => {
      failures.push(`the server or the login is gone: ${error}`);
      over.abort();
    });
    await delay(5000, undefined, { signal: over.signal }).catch(() => undefined); // over is over
  }
}

/** What there is on the server, by the names of the parameters that mean it. */
async function knownValues(base: string, password: string): Promise<KnownValues> {
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
  const ask = async (path: string) => (await (await fetch(`${base}${path}`, { headers })).json()) as Record<string, unknown>[];
  const [sources, plugins] = await Promise.all([ask('/api/datasources'), ask('/api/plugins')]);
  const pluginIds = plugins.map(({ id }) => id);
  return {
    uid: sources.map(({ uid }) => uid),
    name: [...sources.map(({ name }) => name), 'README'],
    id: ['1', '2', '3', '4'],
    orgId: ['1', '2'],
    userId: ['1', '2', '3'],
    tokenId: ['1', '2'],
    pluginId: pluginIds,
    type: pluginIds,
    access: ['proxy', 'direct'],
    role: ['Viewer', 'Editor', 'Admin', 'None'],
    rest: ['echo', 'raw/x', 'headers', 'chunked', 'big?rows=10', 'half', 'status/404', 'secure/x', 'open/x', 'img/logo.svg'],
    from: ['now-1h', '0'],
    to: ['now', '1700000000000'],
  };
}

/** Wherever a body takes a secret, it has the canary in it. */
function secretValues(canary: string): KnownValues {
  return {
    password: [`${canary}-p`],
    newPassword: [`${canary}-n`],
    oldPassword: [`${canary}-o`],
    secureJsonData: [{ token: `${canary}-s`, basicAuthPassword: `${canary}-b` }, { token: '' }],
  };
}

/** Bytes as whole MiB. */
export function toMib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
