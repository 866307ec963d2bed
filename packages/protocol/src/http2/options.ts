/** Limits and sizes of a connection. */
export interface Http2Options {
  /** Window granted per stream: the memory bound of a stream that nobody reads. */
  readonly streamWindowBytes: number;
  /** Window granted for the connection. */
  readonly connectionWindowBytes: number;
  /** Largest frame taken. Larger than 256 KB makes small calls wait behind big replies. */
  readonly maxFrameBytes: number;
  /** Largest header list taken, and the cap of a header block gathered from CONTINUATION frames. */
  readonly maxHeaderListBytes: number;
  /** Server: streams open at a time. */
  readonly maxConcurrentStreams: number;
  /** Up to this size a message is copied to the output slab; above it goes out from where it is. */
  readonly copyLimitBytes: number;
  /** Bytes handed to the socket in one go. */
  readonly burstBytes: number;
  /** Bytes waiting in a stream above which its sender is told to wait. */
  readonly sendQueueBytes: number;
  /** Unsent control frames, in bytes, above which the connection fails: the peer floods us and does not read. */
  readonly maxControlBytes: number;
  /** Streams that the peer may reset in a row before each further one needs `resetRefillMs`. */
  readonly maxResetBurst: number;
  readonly resetRefillMs: number;
  /** Monotonic clock, for the reset limit. */
  readonly nowMs: () => number;
}

/** Measured defaults: see the README for what each is worth. */
export const DEFAULT_HTTP2_OPTIONS: Http2Options = {
  streamWindowBytes: 4 << 20,
  connectionWindowBytes: 64 << 20,
  maxFrameBytes: 256 << 10,
  maxHeaderListBytes: 1 << 20,
  maxConcurrentStreams: 100_000,
  copyLimitBytes: 16 << 10,
  burstBytes: 256 << 10,
  sendQueueBytes: 512 << 10,
  maxControlBytes: 1 << 20,
  maxResetBurst: 20_000,
  resetRefillMs: 1,
  nowMs: () => performance.now(),
};
