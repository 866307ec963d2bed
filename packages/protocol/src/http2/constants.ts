/** Frame types, RFC 9113 section 6. */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Frame flags, RFC 9113 section 6. END_STREAM and ACK share a bit. */
export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Settings, RFC 9113 section 6.5.2. */
export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Error codes of RST_STREAM and GOAWAY, RFC 9113 section 7. */
export const Http2Code = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** Name of an error code as RFC 9113 writes it, such as `ENHANCE_YOUR_CALM`. */
export function http2CodeName(code: number): string {
  const key = Object.keys(Http2Code).find((name) => Http2Code[name as keyof typeof Http2Code] === code);
  if (key === 'http11Required') return 'HTTP_1_1_REQUIRED';
  return key === undefined ? `unknown error code ${code}` : key.replace(/[A-Z]/g, '_$&').toUpperCase();
}

/** What a client sends first, RFC 9113 section 3.4. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Octets of a frame header. */
export const FRAME_HEADER_BYTES = 9;
/** Window of a stream and of the connection before any setting or update, RFC 9113 section 6.9.2. */
export const DEFAULT_WINDOW = 65535;
/** Frame size that every peer takes. */
export const DEFAULT_FRAME_SIZE = 16384;
export const LARGEST_FRAME_SIZE = 16777215;
export const LARGEST_WINDOW = 0x7fffffff;
export const LARGEST_STREAM_ID = 0x7fffffff;
