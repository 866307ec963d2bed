import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A tenth of a second: a plugin that is slowed down stops for no longer. */
const windowMs = 100;
/** Read of one stream in a window. More than ten MiB a second is a flood; its sender waits, and not this host. */
const maxBytesPerWindow = 2 ** 20;

/** Measures what is read of a stream, so that a flood costs its sender and not this process. */
class Pace {
  #startedAtMs = performance.now();
  #bytes = 0;

  /** @returns how long to wait before reading on, mostly 0 */
  read(bytes: number): number {
    const passedMs = performance.now() - this.#startedAtMs;
    if (passedMs >= windowMs) {
      this.#startedAtMs = performance.now();
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return this.#bytes <= maxBytesPerWindow ? 0 : Math.max(1, windowMs - passedMs);
  }
}

/** The chunks of a stream, without hurry. */
export async function* paced(stream: Readable): AsyncGenerator<Uint8Array> {
  const pace = new Pace();
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    yield chunk;
    const waitMs = pace.read(chunk.length);
    if (waitMs > 0) await sleep(waitMs);
  }
}

/** Reads a stream to its end and drops what comes, without hurry. */
export function drain(stream: Readable): void {
  const pace = new Pace();
  let timer: NodeJS.Timeout | undefined;
  stream.on('data', (chunk: Buffer) => {
    const waitMs = pace.read(chunk.length);
    if (waitMs === 0) return;
    stream.pause();
    timer = setTimeout(() => stream.resume(), waitMs);
  });
  stream.once('close', () => clearTimeout(timer));
}
