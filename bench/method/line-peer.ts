import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Measurement, Peer } from './types.ts';

/**
 * A peer that is a process speaking JSON lines: a first line when it is ready, then an answer to each line.
 * At the end of its input it ends, and what it started with it.
 *
 * @throws Error when the process ends before it is ready, or answers an error
 */
export async function startLinePeer<Work>(command: string, args: readonly string[], toLine: (work: Work) => unknown): Promise<Peer<Work>> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} ended before it answered`);
    return JSON.parse(value);
  };
  const ready = (await next()) as { ready?: boolean; error?: string };
  if (!ready.ready) throw new Error(`${command} is not ready: ${ready.error}`);
  return {
    async measure(work) {
      child.stdin.write(`${JSON.stringify(toLine(work))}\n`);
      const answer = (await next()) as Measurement & { error?: unknown };
      if (answer.error) throw new Error(`${command} failed: ${JSON.stringify(answer.error)}`);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}
