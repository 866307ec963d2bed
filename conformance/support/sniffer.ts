import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { goProgram } from './go.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** One HTTP/2 frame between a host and a plugin, as golang.org/x/net/http2 reads it. */
export interface SniffedFrame {
  readonly connection: number;
  readonly from: 'host' | 'plugin';
  /** Since the sniffer started. */
  readonly atMs: number;
  /** HEADERS (with its CONTINUATIONs), DATA, SETTINGS, PING, RST_STREAM, GOAWAY, … */
  readonly type: string;
  readonly stream: number;
  readonly endStream?: boolean;
  readonly ack?: boolean;
  /** Length of the payload. */
  readonly bytes: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The first bytes of DATA or PING, in base64. */
  readonly start?: string;
  /** Of RST_STREAM and GOAWAY. */
  readonly code?: string;
  /** What makes the rest unreadable. */
  readonly problem?: string;
}

/** A relay at a socket of its own; disposing ends it. */
export interface Sniffer extends AsyncDisposable {
  readonly path: string;
  /** All frames so far. */
  frames(): readonly SniffedFrame[];
  /** The first frame that is wanted, seen already or to come. @throws Error when the relay ends before */
  find(isWanted: (frame: SniffedFrame) => boolean): Promise<SniffedFrame>;
  /** The frames of one call, found by its path. */
  call(path: string): Promise<readonly SniffedFrame[]>;
}

/** Starts a relay in front of a plugin's socket. */
export async function openSniffer(pluginSocket: string): Promise<Sniffer> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'relay');
  const child = spawn(await goProgram('sniffer'), [path, pluginSocket], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const frames: SniffedFrame[] = [];
  const changed = new EventTarget();
  let isOver = false;
  const listening = Promise.withResolvers<void>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const told = JSON.parse(line) as SniffedFrame | { readonly listening: true };
    if ('listening' in told) listening.resolve();
    else frames.push(told);
    changed.dispatchEvent(new Event('change'));
  });
  lines.on('close', () => {
    isOver = true;
    listening.reject(new Error('the sniffer did not start'));
    changed.dispatchEvent(new Event('change'));
  });
  await listening.promise;
  const find = async (isWanted: (frame: SniffedFrame) => boolean): Promise<SniffedFrame> => {
    for (;;) {
      const found = frames.find(isWanted);
      if (found !== undefined) return found;
      if (isOver) throw new Error(`the sniffer has ended; it saw ${JSON.stringify(frames)}`);
      await once(changed, 'change');
    }
  };
  return {
    path,
    frames: () => frames,
    find,
    async call(wanted) {
      const { connection, stream } = await find(
        (frame) => frame.headers?.some(([name, value]) => name === ':path' && value === wanted) === true,
      );
      return frames.filter((frame) => frame.connection === connection && frame.stream === stream);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}
