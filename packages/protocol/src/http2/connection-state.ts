import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, LARGEST_STREAM_ID, LARGEST_WINDOW } from './constants.ts';
import type { Http2Events, OutputPort, WireTap } from './events.ts';
import { HpackDecoder, HpackEncoder } from './hpack/index.ts';
import { DEFAULT_HTTP2_OPTIONS, type Http2Options } from './options.ts';
import { OutputBuffer } from './output.ts';
import { emptyStats, type Http2Stats } from './stats.ts';
import type { Http2Stream } from './stream.ts';
import { TokenBucket } from './token-bucket.ts';

/** A header block that goes on in CONTINUATION frames. */
export interface OpenHeaderBlock {
  readonly streamId: number;
  /** Flags of the HEADERS frame. */
  readonly flags: number;
  readonly pieces: Buffer[];
  bytes: number;
}

/**
 * What one connection knows: the files of this room share it, each with its own part of the rules.
 *
 * Other rooms see `Http2Connection`, which is this with the methods that they may use.
 */
export class ConnectionState {
  readonly role: 'client' | 'server';
  readonly options: Http2Options;
  readonly events: Http2Events;
  port: OutputPort | undefined = undefined;
  /** Sees all octets, for a log. */
  tap: WireTap | undefined = undefined;
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
  readonly waiting = new Set<Http2Stream>();
  /** The last streams that we reset: late frames on them are no fault. */
  readonly recentResets = new Set<number>();
  /** What the peer may still do: reset streams, and send frames that move no call on. */
  readonly resets: TokenBucket;
  readonly idleFrames: TokenBucket;
  /** `openStreams` and `waitingStreams` are filled in when somebody asks. */
  readonly counters: Http2Stats = emptyStats();
  /** `goAway` has been called. A server then waits for the answer to its PING before it goes away. */
  draining = false;

  // input
  readonly decoder: HpackDecoder;
  /** Whether the bytes in `receive` may be kept by reference. */
  inputOwned = false;
  gotSettings = false;
  /** The peer has acknowledged ours. */
  settingsTaken = false;
  /** A header block that goes on in CONTINUATION frames. */
  headerBlock: OpenHeaderBlock | undefined = undefined;
  receiveWindow: number;
  credit = 0;
  /** Memory of messages that have begun and not ended; kept by the layer above. */
  gatheredBytes = 0;

  // the peer's settings
  peerFrameBytes = DEFAULT_FRAME_SIZE;
  peerStreamWindow = DEFAULT_WINDOW;
  peerMaxStreams = LARGEST_WINDOW;
  peerMaxHeaderListBytes = Number.POSITIVE_INFINITY;

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

  constructor(role: 'client' | 'server', events: Http2Events, options: Partial<Http2Options>) {
    this.role = role;
    this.events = events;
    this.options = { ...DEFAULT_HTTP2_OPTIONS, ...options };
    this.decoder = new HpackDecoder(4096, this.options.maxHeaderListBytes);
    this.receiveWindow = this.options.connectionWindowBytes;
    const { maxResetBurst, resetRefillMs, maxIdleFrames, idleFrameRefillMs, nowMs } = this.options;
    this.resets = new TokenBucket({ most: maxResetBurst, refillMs: resetRefillMs, nowMs });
    this.idleFrames = new TokenBucket({ most: maxIdleFrames, refillMs: idleFrameRefillMs, nowMs });
  }

  /** Asks for `takeOutput` at the end of this tick. */
  wake(): void {
    if (this.woken || this.blocked || this.port === undefined) return;
    this.woken = true;
    this.port.wake();
  }

  /** Whether a client may open one more stream on this connection, ever. */
  get acceptsStreams(): boolean {
    return !this.ended && !this.goingAway && this.nextStreamId <= LARGEST_STREAM_ID;
  }
}
