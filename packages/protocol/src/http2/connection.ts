import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, LARGEST_STREAM_ID, LARGEST_WINDOW, PREFACE } from './constants.ts';
import { disconnect, fail, finish } from './ending.ts';
import { creditStream } from './flow-control.ts';
import { FrameReader } from './frame-reader.ts';
import { sendGoaway } from './frames/goaway.ts';
import { type OpenHeaderBlock, sendHeaders } from './frames/headers.ts';
import { sendSettings } from './frames/settings.ts';
import { sendWindowUpdate } from './frames/window-update.ts';
import type { HeaderTemplate } from './header-template.ts';
import { type HeaderFields, HpackDecoder, HpackEncoder } from './hpack/index.ts';
import { DEFAULT_HTTP2_OPTIONS, type Http2Options } from './options.ts';
import { OutputBuffer } from './output.ts';
import { endStream, pump, sendMessage } from './sending.ts';
import { type Http2Stream, type StreamEnding, StreamState } from './stream.ts';
import { forgetStream, openStream, resetStream } from './stream-life.ts';

/** What a connection tells the layer above, beside the events of its streams. None of these may throw. */
export interface Http2Events {
  /** Server: makes the record of a stream that the peer opens; its `onHeaders` comes next. */
  createStream?(id: number): Http2Stream;
  /** The peer's first SETTINGS are here: it speaks HTTP/2. */
  onReady?(): void;
  /** The peer goes away; streams that it has not seen have been aborted. */
  onGoaway?(code: number): void;
  /** The connection is over, told once; the event of the stream that was its last may follow. `error` is undefined after a clean end. */
  onClosed(error: Error | undefined): void;
}

/** What a connection asks of its socket driver. */
export interface OutputPort {
  /** There is output: take it at the end of this tick. */
  wake(): void;
  /** There is much output: take it now. */
  flush(): void;
  /** Nothing follows what has been taken. `graceful`: what waits may still go out; else drop the socket at once. */
  end(graceful: boolean): void;
}

/**
 * One HTTP/2 connection without its socket: `receive` bytes in, events out, `takeOutput` bytes to write.
 *
 * The fields are shared between the files of this room; other rooms use the methods.
 */
export class Http2Connection {
  readonly role: 'client' | 'server';
  readonly options: Http2Options;
  readonly events: Http2Events;
  port: OutputPort | undefined = undefined;
  /** Set once the connection is over. */
  ended = false;
  /** Why it is over. */
  endError: Error | undefined = undefined;
  /** This side takes no new streams (server), or the peer takes none (client). */
  goingAway = false;
  /** What a GOAWAY with an error code said. */
  goawayError: Error | undefined = undefined;

  readonly streams = new Map<number, Http2Stream>();
  /** Client: id of the next stream. */
  nextStreamId = 1;
  /** Server: highest id that the peer has used. */
  lastPeerStreamId = 0;
  /** Client: streams above the peer's limit, oldest first. */
  readonly waiting: Http2Stream[] = [];
  /** The last streams that we reset: late frames on them are no fault. */
  readonly recentResets = new Set<number>();
  /** Token bucket of resets by the peer. */
  resetTokens: number;
  resetRefilledAtMs: number;

  // input
  readonly reader: FrameReader;
  readonly decoder: HpackDecoder;
  /** Whether the bytes in `receive` may be kept by reference. */
  inputOwned = false;
  gotSettings = false;
  /** A header block that goes on in CONTINUATION frames. */
  headerBlock: OpenHeaderBlock | undefined = undefined;
  receiveWindow: number;
  credit = 0;

  // the peer's settings
  peerFrameBytes = DEFAULT_FRAME_SIZE;
  peerStreamWindow = DEFAULT_WINDOW;
  peerMaxStreams = LARGEST_WINDOW;

  // output
  readonly encoder = new HpackEncoder();
  readonly output = new OutputBuffer();
  sendWindow = DEFAULT_WINDOW;
  /** The socket does not take more for now. */
  blocked = false;
  woken = false;
  /** Streams with messages and window; those before `readyHead` have had their turn. */
  readonly ready: Http2Stream[] = [];
  readyHead = 0;
  /** Streams whose sender was told to wait. */
  drainers: Http2Stream[] = [];
  /** Control bytes since output was last taken. */
  controlBytes = 0;

  constructor(role: 'client' | 'server', events: Http2Events, options: Partial<Http2Options> = {}) {
    this.role = role;
    this.events = events;
    this.options = { ...DEFAULT_HTTP2_OPTIONS, ...options };
    this.reader = new FrameReader(this, role === 'server' ? PREFACE : undefined);
    this.decoder = new HpackDecoder(4096, this.options.maxHeaderListBytes);
    this.receiveWindow = this.options.connectionWindowBytes;
    this.resetTokens = this.options.maxResetBurst;
    this.resetRefilledAtMs = this.options.nowMs();
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
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.reader.read(buffer, length);
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
    return this.output.take();
  }

  /** Told after each write: whether the socket still holds bytes of it. */
  outputWritten(stillHeld: boolean): void {
    this.blocked = stillHeld;
    if (!stillHeld) this.output.recycle();
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

  /** Asks for `takeOutput` at the end of this tick. */
  wake(): void {
    if (this.woken || this.blocked || this.port === undefined) return;
    this.woken = true;
    this.port.wake();
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
   * Sends one gRPC message with its prefix of five octets; `message` must stay unchanged until it has gone.
   *
   * @param ending what ends this side after the message, when it is the last
   * @returns false when the sender should wait for `onDrain`; the message is taken all the same
   */
  sendMessage(stream: Http2Stream, message: Uint8Array, ending?: StreamEnding): boolean {
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
    if (this.ended || this.goingAway) return;
    this.goingAway = true;
    sendGoaway(this, 0);
    if (this.streams.size === 0) finish(this);
    else this.wake();
  }

  /** Ends the connection; open streams are aborted with `error`. */
  close(error: Error): void {
    fail(this, error);
  }

  /** Whether a client may open one more stream on this connection, ever. */
  get acceptsStreams(): boolean {
    return !this.ended && !this.goingAway && this.nextStreamId <= LARGEST_STREAM_ID;
  }

  /** A frame of four octets. */
  writeFrame32(type: number, streamId: number, value: number): void {
    const { output } = this;
    const at = output.frameHeader(output.reserve(13), 4, type, 0, streamId);
    output.position = output.slab.writeUInt32BE(value, at);
  }
}
