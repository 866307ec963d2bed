import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { goProgram } from '../support/go.ts';

/** What h2spec says of one side. */
export interface H2specReport {
  /** Cases by the id that h2spec takes as an argument, such as `http2/5.1/12`, in its order. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** All that it printed. */
  readonly output: string;
}

/** h2spec waits so many seconds for what a case expects. */
const PATIENCE = ['--timeout', '1', '--strict'];
const LONGEST_MS = 100_000;

/** Runs all cases for servers against the one at `port`. @throws Error with h2spec's output when it did not get to its end */
export async function runServerCases(port: number): Promise<H2specReport> {
  const program = await goProgram('h2spec');
  // Header blocks of several times this length have to be larger than our largest frame.
  const args = ['--port', String(port), '--max-header-length', '60000', ...PATIENCE];
  // A failed case is an exit code as well, so the text decides.
  const output = await new Promise<string>((resolve) => {
    execFile(program, args, { timeout: LONGEST_MS }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const report = parseReport(output);
  const summary = /^(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/m.exec(output);
  if (summary !== null && Number(summary[2]) === report.passed.length && Number(summary[4]) === report.failed.length) return report;
  throw new Error(`${report.passed.length} passed and ${report.failed.length} failed, which is not what h2spec says itself:\n${output}`);
}

/**
 * Runs all cases for clients, each on a port of its own from `firstPort` on; one below, h2specd serves a page about them.
 *
 * @param visit connects a client to the port of a case
 * @throws Error with h2specd's output when it ends by itself, as when a port is taken
 */
export async function runClientCases(
  firstPort: number,
  cases: number,
  visit: (port: number) => Promise<AsyncDisposable>,
): Promise<H2specReport> {
  const args = ['--port', String(firstPort - 1), '--from-port', String(firstPort), '--max-header-length', '5000', ...PATIENCE];
  const server = spawn(await goProgram('h2specd'), args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_MS });
  const exited = once(server, 'exit');
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  let output = '';
  const readUntil = async (pattern: RegExp) => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`h2specd has ended:\n${output}`);
      output += `${value}\n`;
      if (pattern.test(value)) return;
    }
  };
  try {
    await readUntil(/Report server is listened/);
    for (let port = firstPort; port < firstPort + cases; port++) {
      await using _client = await visit(port);
      await readUntil(/[✔×] \d+: /);
    }
  } finally {
    server.kill();
    await exited;
  }
  return parseReport(output);
}

/** Titles of groups, and what ids call them. */
const GROUPS: Readonly<Record<string, string>> = {
  'Generic tests for HTTP/2 server': 'generic',
  'Generic tests for HTTP/2 client': 'client',
  'Hypertext Transfer Protocol Version 2 (HTTP/2)': 'http2',
  'HPACK: Header Compression for HTTP/2': 'hpack',
};

/** Reads the verdicts from h2spec's text: titles one below the other, or h2specd's: all titles of a case in one line. */
export function parseReport(output: string): H2specReport {
  const [list = ''] = stripVTControlCharacters(output)
    .replace(/^.*\r/gm, '')
    .split(/^Failures:/m);
  const passed: string[] = [];
  const failed: string[] = [];
  let group = '';
  let section = '';
  for (const line of list.split('\n')) {
    for (const title of line.split(' -> ')) {
      group = GROUPS[title.trim()] ?? group;
      section = /^\s*([\d.]+)\. /.exec(title)?.[1] ?? section;
    }
    const verdict = /^\s*([✔×]) (\d+): /.exec(line);
    if (verdict !== null) (verdict[1] === '✔' ? passed : failed).push(`${group}/${section}/${verdict[2]}`);
  }
  return { passed, failed, output };
}
