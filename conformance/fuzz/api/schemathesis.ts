import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sender } from './send-own.ts';

/** How schemathesis gets onto a machine. */
export const INSTALL_SCHEMATHESIS =
  'python3 -m venv .cache/schemathesis && .cache/schemathesis/bin/pip install schemathesis==4.32.5; or name the program in SCHEMATHESIS';

/** The program: what `SCHEMATHESIS` names, one in the cache of the repository, or one of the path; undefined when there is none. */
export async function findSchemathesis(cacheFolder: string): Promise<string | undefined> {
  const places = [process.env.SCHEMATHESIS ?? '', join(cacheFolder, 'schemathesis/bin/st'), 'st'];
  for (const place of places.filter((one) => one !== '')) {
    const found = await promisify(execFile)(place, ['--version']).catch(() => undefined);
    if (found?.stdout.includes('version')) return place;
  }
  return undefined;
}

// Who is at fault for a 5xx is judged by whoever sees the answers; schemathesis cannot tell.
const checks = 'status_code_conformance,content_type_conformance,response_schema_conformance';
const flags = ['--no-shrink', '--continue-on-failure', '--no-color', '--output-sanitize=false', '--generation-database=none'];
const workers = 2;
const examples = 60;

/** Sends by schemathesis, run after run, each with the next seed, and has it hold the answers against the description. */
export function createSchemathesisSender(program: string, print: (text: string) => void): Sender {
  return async ({ description, base, seed, signal }) => {
    const folder = await mkdtemp(join(tmpdir(), 'backplane-schemathesis-'));
    const found: string[] = [];
    try {
      const file = join(folder, 'openapi.json');
      await writeFile(file, JSON.stringify(description));
      for (let run = 0; !signal.aborted; run++) {
        const numbers = ['--seed', seed + run, '--workers', workers, '--max-examples', examples, '--request-timeout', 40].map(String);
        const args = ['run', file, '--url', base, '--checks', checks, '--suppress-health-check', 'all', ...flags, ...numbers];
        const output = await runUntil(program, args, { folder, signal });
        print(output);
        const failures = /=+ FAILURES =+\n([\s\S]*?)\n=+ [A-Z]/.exec(output)?.[1];
        if (failures !== undefined) found.push(`otherwise than described:\n${failures}`);
      }
      return found;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** @throws Error with the output when the program ends by itself with more to say than failures of answers */
async function runUntil(program: string, args: readonly string[], { folder, signal }: { folder: string; signal: AbortSignal }) {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const end = () => child.kill('SIGINT');
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', end);
  if (!signal.aborted && code !== 0 && code !== 1) throw new Error(`schemathesis ended with ${code}:\n${output.slice(-2000)}`);
  return output;
}
