import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Random } from '../random.ts';
import type { Description } from './description.ts';
import { createRequests, type MadeRequest } from './requests.ts';

/** What a sender is to do. */
export interface SendJob {
  readonly description: Description;
  /** Where to, as `http://host:port`. */
  readonly base: string;
  readonly seed: number;
  /** Aborts when enough was sent: before that a sender does not end. */
  readonly signal: AbortSignal;
}

/** Sends requests until the signal of its job aborts. */
export type Sender = (job: SendJob) => Promise<void>;

const clients = 4;

/** Our own generator: request `i` is made from `seed + i` alone. */
export const sendOwn: Sender = async ({ description, base, seed, signal }) => {
  const make = createRequests(description);
  using agent = disposable(new Agent({ keepAlive: true }), (one) => one.destroy());
  let next = seed;
  const client = async () => {
    while (!signal.aborted) await sendOne(make(new Random(next++)), base, agent.value);
  };
  await Promise.all(Array.from({ length: clients }, client));
};

async function sendOne({ method, path, headers, body }: MadeRequest, base: string, agent: Agent): Promise<void> {
  const { hostname, port } = new URL(base);
  const call = sendRequest({ hostname, port, method, path, headers, agent });
  try {
    call.end(body);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    for await (const _part of answer);
  } catch {
    // Whoever watches the answers has seen what came of it.
  }
}

function disposable<Value>(value: Value, dispose: (value: Value) => void): Disposable & { readonly value: Value } {
  return { value, [Symbol.dispose]: () => dispose(value) };
}

/** How schemathesis gets onto a machine. */
export const INSTALL_SCHEMATHESIS =
  'python3 -m venv .cache/schemathesis && .cache/schemathesis/bin/pip install schemathesis==4.32.5; or name the program in SCHEMATHESIS';

/** The program of schemathesis: `SCHEMATHESIS`, one in the cache of the repository, or one of the path; undefined when there is none. */
export async function findSchemathesis(cacheFolder: string): Promise<string | undefined> {
  const places = [process.env.SCHEMATHESIS ?? '', join(cacheFolder, 'schemathesis/bin/st'), 'st'];
  for (const place of places.filter((one) => one !== '')) {
    const found = await promisify(execFile)(place, ['--version']).catch(() => undefined);
    if (found?.stdout.includes('version')) return place;
  }
  return undefined;
}

/** Sends by schemathesis, run after run with a seed each, as many clients as `workers` says. */
export function createSchemathesisSender({
  program,
  workers,
  print,
}: {
  program: string;
  workers: number;
  print: (line: string) => void;
}): Sender {
  return async ({ description, base, seed, signal }) => {
    const folder = await mkdtemp(join(tmpdir(), 'backplane-schemathesis-'));
    try {
      const file = join(folder, 'openapi.json');
      await writeFile(file, JSON.stringify(description));
      for (let run = 0; !signal.aborted; run++) {
        const checks = ['--checks', 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'];
        const limits = [
          '--request-timeout',
          '40',
          '--max-examples',
          '60',
          '--no-shrink',
          '--continue-on-failure',
          '--suppress-health-check',
          'all',
        ];
        const how = [
          '--seed',
          String(seed + run),
          '--workers',
          String(workers),
          '--no-color',
          '--generation-database',
          'none',
          '--output-sanitize',
          'false',
        ];
        const child = spawn(program, ['run', file, '--url', base, ...checks, ...limits, ...how], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const end = () => child.kill('SIGINT');
        signal.addEventListener('abort', end);
        const closed = once(child, 'close');
        let output = '';
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
        await closed;
        signal.removeEventListener('abort', end);
        print(output);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
