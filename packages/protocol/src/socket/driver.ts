import type { Socket } from 'node:net';
import { Http2Code, type Http2Connection, Http2Error, type OutputPort } from '../http2/index.ts';
import { logFrames } from './frame-log.ts';

/** How long a peer may take to speak HTTP/2; grpc-go gives as much. */
const HANDSHAKE_MS = 120_000;
/** How long a peer may take to read our last words before the socket is dropped. */
const LINGER_MS = 1000;
/** Rounds of writing in one flush; more wait for the next turn of the event loop. */
const ROUNDS_PER_FLUSH = 8;

/**
 * Moves bytes between one connection and its socket: one write per tick, and nothing while the socket is full.
 *
 * The socket may come from `node:net` or `node:tls`, and must be connected. Whoever makes it feeds `connection.receive`.
 */
export class SocketDriver implements OutputPort {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #connection: Http2Connection;
  #flushing = false;
  /** The connection ended while its output was being taken. */
  #endAfterFlush = false;
  #again: NodeJS.Immediate | undefined;
  readonly #flushTick = () => this.flush();
  readonly #onWritten = () => this.#resume();

  constructor(socket: Socket, connection: Http2Connection) {
    this.#socket = socket;
    this.#connection = connection;
    // RFC 9113 section 6.5.3: our limits bind a peer once it has acknowledged them.
    const handshake = setTimeout(() => {
      if (!connection.settingsTaken) connection.close(new Http2Error(Http2Code.settingsTimeout, 'the peer did not acknowledge SETTINGS'));
    }, HANDSHAKE_MS).unref();
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearTimeout(handshake);
        clearImmediate(this.#again);
        connection.disconnected(undefined);
        connection.outputWritten(false);
        resolve();
      });
    });
    // A peer that has ended its side may no longer read ours, so there is nothing to wait for.
    socket.on('end', () => connection.disconnected(undefined));
    socket.on('error', (error) => connection.disconnected(isPeerGone(error) ? undefined : error));
    logFrames(connection);
    connection.port = this;
    connection.wake();
  }

  /** Runs after all microtasks of this tick, so that a batch of calls shares one write. */
  wake(): void {
    process.nextTick(this.#flushTick);
  }

  flush(): void {
    const connection = this.#connection;
    if (connection.blocked || connection.ended || this.#flushing) return;
    this.#flushing = true;
    for (let round = 0; round < ROUNDS_PER_FLUSH; round++) {
      this.#write(connection.takeOutput());
      if (this.#endAfterFlush) {
        this.#endGracefully();
        return;
      }
      connection.outputWritten(this.#socket.writableLength > 0);
      if (connection.blocked || !connection.hasOutput) break;
      if (round === ROUNDS_PER_FLUSH - 1) this.#again = setImmediate(this.#flushTick);
    }
    this.#flushing = false;
    connection.outputSettled();
  }

  /** Ends the socket. A peer that does not read would never let it end, so a full socket is dropped, and waiting has a limit. */
  end(graceful: boolean): void {
    if (!graceful || this.#connection.blocked) {
      this.#socket.destroy();
    } else if (this.#flushing) {
      this.#endAfterFlush = true;
    } else {
      this.#write(this.#connection.takeOutput());
      this.#endGracefully();
    }
  }

  #endGracefully(): void {
    const socket = this.#socket;
    socket.destroySoon();
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  #write(chunks: Uint8Array[]): void {
    const socket = this.#socket;
    const last = chunks.length - 1;
    if (last < 0) return;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(chunks[i]);
    socket.write(chunks[last], this.#onWritten);
    if (last > 0) socket.uncork();
  }

  #resume(): void {
    const connection = this.#connection;
    if (!connection.blocked || this.#socket.writableLength > 0) return;
    connection.outputWritten(false);
    this.flush();
  }
}

/** A write to a peer that has closed: the same end as reading its end first, which is a matter of luck. */
const isPeerGone = (error: NodeJS.ErrnoException) => error.code === 'EPIPE';
