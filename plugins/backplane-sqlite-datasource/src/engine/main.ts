// An engine process: one SQLite connection that does one job after another.
//
// It is a process and not a worker thread, because a thread inside SQLite cannot be stopped: `worker.terminate()` and even
// `process.exit()` wait until the statement is done. A process can be killed.
//
// | descriptor | use                                                                        |
// |------------|----------------------------------------------------------------------------|
// | 0          | jobs; its end asks the engine to go                                        |
// | 3          | replies                                                                    |
// | 4          | lifeline: one byte out once jobs can be done; its other end closes when the |
// |            | plugin is gone, even by `kill -9` in mid-query                             |
import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Engine } from './engine.ts';
import type { DatabaseTarget, EngineJob } from './jobs.ts';
import { encodeReply } from './wire.ts';

const [JOBS, REPLIES, LIFELINE] = [0, 3, 4];

// The thread sits in a blocking read while this one may sit in SQLite for minutes.
new Worker(`require('node:fs').readSync(${LIFELINE}, Buffer.alloc(1)); process.kill(process.pid, 'SIGKILL')`, { eval: true });

// Ctrl-C in a terminal reaches every process of its group; when to go is the plugin's business.
process.on('SIGINT', () => undefined);

const engine = new Engine(JSON.parse(process.argv[2] ?? '{}') as DatabaseTarget);
writeSync(LIFELINE, Uint8Array.of(1));
for (let job = readJob(); job !== undefined; job = readJob()) for (const part of encodeReply(engine.run(job))) writeAll(part);
engine.close();
// Leaving politely would wait for the thread above.
process.kill(process.pid, 'SIGKILL');

function readJob(): EngineJob | undefined {
  const length = readExactly(4);
  const body = length && readExactly(new DataView(length.buffer).getUint32(0, true));
  return body && (JSON.parse(new TextDecoder().decode(body)) as EngineJob);
}

function readExactly(bytes: number): Uint8Array | undefined {
  const buffer = new Uint8Array(bytes);
  for (let filled = 0; filled < bytes; ) {
    const count = readSync(JOBS, buffer, filled, bytes - filled, null);
    if (count === 0) return undefined;
    filled += count;
  }
  return buffer;
}

function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(REPLIES, bytes, written);
}
