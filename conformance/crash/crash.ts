import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../fuzz/random.ts';
import { repositoryFolder } from '../support/paths.ts';
import { type ServedBackplane, serveBackplane } from '../support/serve.ts';
import { look, SECRET_START, type Send, type Slot, writeUntilGone } from './writers.ts';

export interface CrashOptions {
  readonly kills: number;
  /** Clients that write at the same time. */
  readonly writers: number;
  readonly seed: number;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** What came of it; without violations all held. */
export interface CrashReport {
  readonly kills: number;
  /** Kills that met writes under way. */
  readonly killsDuringWrites: number;
  readonly acknowledged: number;
  /** Data sources asked for after kills, with their secrets. */
  readonly looks: number;
  readonly violations: readonly string[];
}

const sourcesOfAWriter = 4;
const mostWritesOfARound = 60;

/**
 * Starts a server over one data folder, kills it with SIGKILL at a random moment of its writes, and checks with the next
 * one what became of them, again and again.
 *
 * @throws Error when a server does not come up: then the database did not open
 */
export async function crash({ kills, writers, seed, onProgress }: CrashOptions): Promise<CrashReport> {
  await using place = await openPlace();
  const random = new Random(seed);
  const slots = Array.from({ length: writers }, (_, writer) =>
    Array.from({ length: sourcesOfAWriter }, (_, source): Slot => ({ uid: `w${writer}s${source}`, known: undefined, pending: undefined })),
  );
  const violations: string[] = [];
  const addViolation = (line: string) => {
    violations.push(line);
    onProgress?.(line);
  };
  const figures = { killsDuringWrites: 0, acknowledged: 0, looks: 0 };
  for (let round = 0; round <= kills; round++) {
    await using server = await place.serve();
    const send = sender(server);
    for (const slot of slots.flat()) {
      const wrong = await look(slot, send);
      figures.looks++;
      if (wrong !== undefined) addViolation(`after kill ${round}: ${wrong}`);
    }
    if (round === kills) break;
    const options = { send, onAcknowledged: () => figures.acknowledged++ };
    const before = figures.acknowledged;
    const writing = slots.map((own, writer) => writeUntilGone(own, new Random(seed + round * writers + writer), options));
    const settled = Promise.allSettled(writing);
    let isOver = false;
    void settled.then(() => {
      isOver = true;
    });
    const enough = before + 1 + random.below(mostWritesOfARound);
    while (!isOver && figures.acknowledged < enough) await delay(1);
    await delay(random.below(10));
    await server.kill();
    for (const result of await settled) if (result.status === 'rejected') addViolation(`round ${round}: ${result.reason}`);
    if (slots.flat().some(({ pending }) => pending !== undefined)) figures.killsDuringWrites++;
    if ((round + 1) % 10 === 0) onProgress?.(`${round + 1} kills, ${figures.acknowledged} acknowledged, ${violations.length} violations`);
  }
  violations.push(...place.integrity());
  return { kills, ...figures, violations };
}

function sender(server: ServedBackplane): Send {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return async (method, path, body) => {
    const headers = { authorization, ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(`${server.base}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    const found = server.secrets.findInAnswer(path, { headers: '', body: text });
    // An answer that nobody expects: a writer takes an error for the end of the server.
    if (found.length > 0) return { status: -1, body: `${method} ${path} answers with secrets: ${found.join(', ')}` };
    return { status: answer.status, body: JSON.parse(text) };
  };
}

const password = randomUUID();

/** A data folder and a plugins folder, inside the repository: its plugin imports the SDK. */
async function openPlace() {
  const cache = join(repositoryFolder, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'crash-'));
  const plugin = join(folder, 'plugins', 'tells');
  await mkdir(plugin, { recursive: true });
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id: 'acme-tells-datasource', type: 'datasource', name: 'Tells', backend: true, executable: 'gpx_tells', info };
  await writeFile(join(plugin, 'plugin.json'), JSON.stringify(manifest));
  await writeFile(join(plugin, 'gpx_tells.ts'), `import ${JSON.stringify(join(import.meta.dirname, 'fixtures/tells-secret.ts'))};\n`);
  const configFile = join(folder, 'grafana.ini');
  await writeFile(configFile, 'app_mode = development\n[paths]\ndata = data\nplugins = plugins\n');
  // The plugin is up before the server listens, however long that takes: a call would not wait so long for it.
  const env = { GF_SECURITY_ADMIN_PASSWORD: password, GF_BACKPLANE_PLUGIN_START_TIMEOUT: '4m' };
  return {
    async serve() {
      const server = await serveBackplane({ configFile, workingFolder: folder, env, dataFolder: join(folder, 'data') });
      server.secrets.learn(SECRET_START);
      return server;
    },
    integrity(): string[] {
      const database = new DatabaseSync(join(folder, 'data', 'backplane.db'), { readOnly: true });
      try {
        const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
        return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
      } finally {
        database.close();
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
