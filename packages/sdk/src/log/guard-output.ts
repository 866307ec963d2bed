import { StringDecoder } from 'node:string_decoder';
import { format } from 'node:util';
import type { Logger } from './logger.ts';

/** The part of a process' streams that is guarded. */
export interface GuardedStream {
  write: NodeJS.WriteStream['write'];
}

/** What `guardOutput` takes over. */
export interface GuardOptions {
  readonly log: Logger;
  readonly stdout: GuardedStream;
  readonly stderr: GuardedStream;
  readonly console: Pick<Console, 'log' | 'info' | 'debug' | 'trace' | 'warn' | 'error'>;
  /** Writes a line that already is a log line. */
  readonly writeLine: (line: string) => void;
}

/** Longest line kept whole; the rest of a longer one becomes further lines. Far below the 64 KiB that hosts read at a time. */
const maxLineCharacters = 16_384;

/**
 * Turns everything that is printed into log lines.
 *
 * The host reads one line from stdout, the handshake: anything printed before would make the start fail.
 * On stderr, a JSON line with an unexpected `@message` stops Grafana itself, so foreign lines are wrapped.
 */
export function guardOutput({ log, stdout, stderr, console, writeLine }: GuardOptions): void {
  stdout.write = lineWriter((line) => log.info(line));
  stderr.write = lineWriter((line) => (isLogLine(line) ? writeLine(`${line}\n`) : log.info(line)));
  for (const level of ['info', 'debug', 'trace', 'warn', 'error'] as const)
    console[level] = (...values: unknown[]) => log[level](format(...values));
  console.log = (...values: unknown[]) => log.info(format(...values));
}

/** A `write` as streams have it, which hands over whole lines without their ends. */
function lineWriter(onLine: (line: string) => void): NodeJS.WriteStream['write'] {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return function write(chunk: string | Uint8Array, ...more: unknown[]): boolean {
    const encoding = typeof more[0] === 'string' ? (more[0] as BufferEncoding) : 'utf8';
    const text = typeof chunk === 'string' && encoding === 'utf8' ? chunk : decoder.write(Buffer.from(chunk as string, encoding));
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // A line without an end is not kept for ever.
    const wholes = Math.floor(rest.length / maxLineCharacters) * maxLineCharacters;
    if (wholes > 0) lines.push(rest.slice(0, wholes));
    rest = rest.slice(wholes);
    for (const line of lines) for (const piece of cutLine(line)) onLine(piece);
    const done = more.findLast((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
}

/** The line in pieces that are short enough; none for blank ones. */
function* cutLine(line: string): Generator<string> {
  if (line.trim() === '') return;
  const text = line.trimEnd();
  for (let at = 0; at < text.length; at += maxLineCharacters) yield text.slice(at, at + maxLineCharacters);
}

/** True for hclog JSON that every host reads without harm. */
function isLogLine(line: string): boolean {
  if (!line.startsWith('{') || line.length > maxLineCharacters) return false;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null) return false;
    const { '@level': level, '@message': message, '@timestamp': timestamp } = entry as Record<string, unknown>;
    return typeof level === 'string' && typeof message === 'string' && (timestamp === undefined || typeof timestamp === 'string');
  } catch {
    return false;
  }
}
