import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { spawnProgram } from '@backplane/sdk';
import { type DatabaseTarget, type EngineJob, type EngineReply, encodeMessage, ReplyReader } from '../engine/index.ts';
import { SqliteError } from '../errors.ts';

const STDERR_TAIL_CHARS = 2000;
// SQLite sorts big results in temporary files; nothing else of the environment is the engine's business.
const ENVIRONMENT = ['TMPDIR', 'TMP', 'TEMP', 'SQLITE_TMPDIR', 'TZ', 'SystemRoot'];

/** A running engine. It does one job at a time and goes when it is killed, or when this process is gone. */
export class EngineProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  #pending: { resolve: (reply: EngineReply) => void; reject: (error: Error) => void } | undefined;
  #stderr = '';
  #gone = false;
  readonly #ready = Promise.withResolvers<void>();

  constructor(target: DatabaseTarget) {
    this.#child = spawnProgram(new URL('../engine/main.ts', import.meta.url), [JSON.stringify(target)], {
      // Jobs, nothing, last words, replies, lifeline: see engine/main.ts.
      stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
      windowsHide: true,
    });
    this.#exit = this.#watch();
    this.#listen();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves, and never rejects, once it can do jobs, or is gone. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** False once it was killed, died, or could not be started. */
  get usable(): boolean {
    return !this.#gone;
  }

  /**
   * Does one job; call it again only after the last one ended.
   *
   * @throws SqliteError `engine_lost` when the process dies before it answers
   */
  run(job: EngineJob): Promise<EngineReply> {
    if (this.#gone) return Promise.reject(this.#lost('it is gone'));
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#jobs.write(encodeMessage(job));
    });
  }

  /** Ends it at once, in the middle of a statement too; resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#gone = true;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  get #jobs(): Writable {
    return this.#child.stdin!;
  }

  #listen(): void {
    const reader = new ReplyReader();
    const [replies, lifeline] = [this.#child.stdio[3] as Readable, this.#child.stdio[4] as Duplex];
    replies.on('data', (piece: Uint8Array) => {
      for (const reply of reader.push(piece)) this.#answer(reply);
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL_CHARS);
    });
    lifeline.once('data', () => this.#ready.resolve());
    // A dying process breaks its pipes; its exit says why.
    for (const stream of [this.#jobs, replies, lifeline]) stream.on('error', () => undefined);
  }

  /** Resolves, and never rejects, with how the process ended. */
  async #watch(): Promise<string> {
    const end = await Promise.race([
      once(this.#child, 'close').then(([code, signal]) => (signal === null ? `exit code ${code}` : `signal ${signal}`)),
      once(this.#child, 'error').then(([error]) => (error as Error).message),
    ]).catch((error: Error) => error.message);
    this.#gone = true;
    this.#ready.resolve();
    this.#pending?.reject(this.#lost(end));
    this.#pending = undefined;
    return end;
  }

  #answer(reply: EngineReply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(reply);
  }

  #lost(end: string): SqliteError {
    const words = this.#stderr.trim();
    return new SqliteError(
      'engine_lost',
      `the SQLite process ended before it answered (${end})${words === '' ? '' : `; last words: ${words}`}; ` +
        'if the result was very large, lower the row limit',
    );
  }
}
