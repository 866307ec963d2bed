import { ConnectionState } from './connection-state.ts';
import { DEFAULT_WINDOW, PREFACE } from './constants.ts';
import { drain } from './drain.ts';
import { disconnect, fail } from './ending.ts';
import type { Http2Events } from './events.ts';
import { creditStream } from './flow-control.ts';
import { FrameReader } from './frame-reader.ts';
import { type HeaderTemplate, listBytes } from './header-template.ts';
import type { HeaderFields } from './hpack/index.ts';
import type { OutgoingMessage } from './message-parts.ts';
import type { Http2Options } from './options.ts';
import { endStream, pump, sendMessage } from './sending.ts';
import type { Http2Stats } from './stats.ts';
import { type Http2Stream, type StreamEnding, StreamState } from './stream.ts';
import { forgetStream, openStream, resetStream } from './stream-life.ts';
import { sendSettings, sendWindowUpdate } from './write-frames.ts';
import { sendHeaders } from './write-headers.ts';

/**
 * One HTTP/2 connection without its socket: `receive` bytes in, events out, `takeOutput` bytes to write.
 */
export class Http2Connection extends ConnectionState {
  readonly #reader: FrameReader;

  constructor(role: 'client' | 'server', events: Http2Events, options: Partial<Http2Options> = {}) {
    super(role, events, options);
    this.#reader = new FrameReader(this, role === 'server' ? PREFACE : undefined);
    if (role === 'client') {
      const at = this.output.reserve(PREFACE.length);
      this.output.slab.set(PREFACE, at);
      this.output.position += PREFACE.length;
    }
    sendSettings(this);
    sendWindowUpdate(this, 0, this.options.connectionWindowBytes - DEFAULT_WINDOW);
  }

  /**
   * Takes bytes from the peer. Never throws: a fault of the peer ends the connection.
   *
   * @param bytes octets from 0 to `length`
   * @param owned the bytes stay unchanged for good, so that messages may be views on them
   */
  receive(bytes: Uint8Array, length: number = bytes.length, owned = false): void {
    if (this.ended) return;
    this.inputOwned = owned;
    this.counters.bytesReceived += length;
    this.tap?.received(bytes, length);
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.#reader.read(buffer, length);
    } catch (error) {
      fail(this, error as Error);
    }
  }

  /** The socket is gone: without an error when the peer just ended it. */
  disconnected(error: Error | undefined): void {
    disconnect(this, error);
  }

  /** Takes bytes to write, at most about `burstBytes` of message data. Empty: nothing to write for now. */
  takeOutput(): Uint8Array[] {
    this.woken = false;
    this.controlBytes = 0;
    if (this.readyHead < this.ready.length) pump(this);
    this.counters.bytesSent += this.output.pendingBytes;
    const chunks = this.output.take();
    this.tap?.sent(chunks);
    return chunks;
  }

  /** Told after each write, and once more when the socket is gone: whether it still holds bytes of what was taken. */
  outputWritten(stillHeld: boolean): void {
    this.blocked = stillHeld;
    if (stillHeld) this.counters.socketStalls++;
    else this.output.recycle();
  }

  /** Whether `takeOutput` would give something. */
  get hasOutput(): boolean {
    return this.output.pendingBytes > 0 || (this.readyHead < this.ready.length && this.sendWindow > 0);
  }

  /** Told when a round of writes is over: senders that wait may go on. */
  outputSettled(): void {
    if (this.drainers.length === 0 || this.blocked) return;
    const all = this.drainers;
    this.drainers = [];
    for (const stream of all) {
      if (stream.state & StreamState.closed) continue;
      if (this.blocked || stream.queuedBytes >= this.options.sendQueueBytes) {
        this.drainers.push(stream);
        continue;
      }
      stream.needsDrain = false;
      stream.onDrain();
    }
  }

  /** Client: opens a stream, or queues it above the peer's limit. Its messages may follow at once. */
  open(stream: Http2Stream, template: HeaderTemplate, extra: HeaderFields | undefined): void {
    openStream(this, stream, template, extra);
  }

  /** Server: the response head, or with `end` a whole response of headers alone. */
  sendHead(stream: Http2Stream, template: HeaderTemplate, extra: HeaderFields | undefined, end: boolean): void {
    if (stream.state & (StreamState.localEnd | StreamState.closed)) return;
    stream.state |= StreamState.sentHead;
    if (end) {
      endStream(this, stream, { template, extra });
      return;
    }
    sendHeaders(this, stream.id, template, extra, false);
    this.wake();
  }

  /**
   * Sends one gRPC message with its prefix of five octets; `message` must stay unchanged until it has gone, which
   * MessageParts are told of.
   *
   * @param ending what ends this side after the message, when it is the last
   * @returns false when the sender should wait for `onDrain`; the message is taken all the same
   */
  sendMessage(stream: Http2Stream, message: OutgoingMessage, ending?: StreamEnding): boolean {
    return sendMessage(this, stream, message, ending);
  }

  /** Ends this side of a stream once its messages have gone. */
  end(stream: Http2Stream, ending: StreamEnding): void {
    if (stream.state & (StreamState.localEnd | StreamState.closed)) return;
    endStream(this, stream, ending);
  }

  /** Ends a stream with RST_STREAM. No event follows. */
  reset(stream: Http2Stream, code: number): void {
    resetStream(this, stream, code);
  }

  /** Grants no more window to a stream until `resume`. */
  pause(stream: Http2Stream): void {
    stream.paused = true;
  }

  resume(stream: Http2Stream): void {
    stream.paused = false;
    if (stream.owed === 0 || stream.state & StreamState.closed) return;
    const bytes = stream.owed;
    stream.owed = 0;
    creditStream(this, stream, bytes);
  }

  /** Forgets a stream without a word to the peer, as when it has ended by itself. */
  forget(stream: Http2Stream): void {
    forgetStream(this, stream);
  }

  /** Takes no new streams and ends once the open ones have. */
  goAway(): void {
    drain(this);
  }

  /** Whether the peer takes a header list of these fields. */
  takesHeaders(template: HeaderTemplate, extra: HeaderFields | undefined): boolean {
    return listBytes(template, extra) <= this.peerMaxHeaderListBytes;
  }

  /** What the connection has done so far. */
  stats(): Http2Stats {
    return { ...this.counters, openStreams: this.streams.size, waitingStreams: this.waiting.size };
  }

  /** Ends the connection; open streams are aborted with `error`. */
  close(error: Error): void {
    fail(this, error);
  }
}
