import { type Channel, GrpcCode, GrpcStatusError } from '../grpc/index.ts';
import { brokerStartStream, StdioChannel, streamStdio } from './messages.ts';

/** Who gets what a plugin prints after its handshake. */
export interface SideStreamOptions {
  readonly onStdout: (data: Uint8Array) => void;
  readonly onStderr: (data: Uint8Array) => void;
  /**
   * Told when a stream ends in an unexpected way; calls are not affected. A plugin without these services,
   * a lost connection and a stop are expected. By default a process warning.
   */
  readonly onError?: (error: unknown) => void;
}

/** Ends that need no telling: the plugin lacks the service, the connection is gone, or we left. */
const EXPECTED: readonly number[] = [GrpcCode.unimplemented, GrpcCode.unavailable, GrpcCode.cancelled];

/**
 * Opens the two streams that a host holds for the life of a connection: what the plugin prints, which must be read
 * or a chatty Go plugin blocks, and the broker, which keeps the connection from looking idle.
 *
 * Disposing leaves both; it resolves when they have ended.
 */
export function openSideStreams(channel: Channel, { onStdout, onStderr, onError = warn }: SideStreamOptions): AsyncDisposable {
  const leaving = new AbortController();
  const { signal } = leaving;
  const ended = [readOutput(), holdBroker()].map((stream) =>
    stream.catch((error: unknown) => {
      const isExpected = signal.aborted || (error instanceof GrpcStatusError && EXPECTED.includes(error.code));
      if (!isExpected) onError(error);
    }),
  );

  async function readOutput(): Promise<void> {
    for await (const { channel: source, data } of channel.serverStream(streamStdio, {}, { signal })) {
      if (source === StdioChannel.stdout) onStdout(data);
      else if (source === StdioChannel.stderr) onStderr(data);
    }
  }

  async function holdBroker(): Promise<void> {
    for await (const _ of channel.duplex(brokerStartStream, { signal }));
  }

  return {
    async [Symbol.asyncDispose]() {
      leaving.abort(new Error('the side streams were closed'));
      await Promise.all(ended);
    },
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
