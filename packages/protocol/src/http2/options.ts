/** Limits and sizes of a connection. */
export interface Http2Options {
  /** Window granted per stream: the memory bound of a stream that nobody reads. Not below 65 535, which peers have until they know it. */
  readonly streamWindowBytes: number;
  /** Window granted for the connection, more than 65 535. */
  readonly connectionWindowBytes: number;
  /** Largest frame taken. Larger than 256 KB makes small calls wait behind big replies. */
  readonly maxFrameBytes: number;
  /** Largest header list taken, and the cap of a header block gathered from CONTINUATION frames. */
  readonly maxHeaderListBytes: number;
  /** Server: streams open at a time. Genuine hosts let further calls wait. */
  readonly maxConcurrentStreams: number;
  /** Up to this size a message is copied to the output slab; above it goes out from where it is. */
  readonly copyLimitBytes: number;
  /** Bytes handed to the socket in one go. */
  readonly burstBytes: number;
  /** Bytes waiting in a stream above which its sender is told to wait. */
  readonly sendQueueBytes: number;
  /** Unsent control frames, in bytes, above which the connection fails: the peer floods us and does not read. */
  readonly maxControlBytes: number;
  /** Server: bytes of responses that wait in all streams, above which new streams are refused: the peer does not read. */
  readonly maxQueuedBytes: number;
  /** Server: streams that the peer may reset in a row before each further one needs `resetRefillMs`, or a call that ends well. */
  readonly maxResetBurst: number;
  readonly resetRefillMs: number;
  /** Frames that move no call on which the peer may send in a row before each further one needs `idleFrameRefillMs`, or DATA from us. */
  readonly maxIdleFrames: number;
  readonly idleFrameRefillMs: number;
  /** Monotonic clock, for these two limits. */
  readonly nowMs: () => number;
}

/** Measured defaults: see the README for what each is worth. */
export const DEFAULT_HTTP2_OPTIONS: Http2Options = {
  streamWindowBytes: 4 << 20,
  connectionWindowBytes: 64 << 20,
  maxFrameBytes: 256 << 10,
  maxHeaderListBytes: 1 << 20,
  maxConcurrentStreams: 10_000,
  copyLimitBytes: 16 << 10,
  burstBytes: 256 << 10,
  sendQueueBytes: 512 << 10,
  maxControlBytes: 1 << 20,
  maxQueuedBytes: 1 << 30,
  maxResetBurst: 5000,
  resetRefillMs: 10,
  maxIdleFrames: 10_000,
  idleFrameRefillMs: 1,
  nowMs: () => performance.now(),
};
