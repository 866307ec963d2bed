/** What a connection has done so far. The last three tell how it is now; all others only grow. */
export interface Http2Stats {
  streamsOpened: number;
  /** RST_STREAM frames each way, those that tell a client to stop sending (NO_ERROR) included. */
  resetsSent: number;
  resetsReceived: number;
  /** Octets of the connection, without those of TLS. */
  bytesSent: number;
  bytesReceived: number;
  messagesSent: number;
  messagesReceived: number;
  /** Times that a message had to wait for the peer's window, of its stream or of the connection. */
  windowStalls: number;
  /** Times that the socket took no more. */
  socketStalls: number;
  openStreams: number;
  /** Streams above the peer's limit. */
  waitingStreams: number;
  /** Bytes of messages that wait to be sent. */
  queuedBytes: number;
}

/** Nothing yet. */
export function emptyStats(): Http2Stats {
  return {
    streamsOpened: 0,
    resetsSent: 0,
    resetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    messagesSent: 0,
    messagesReceived: 0,
    windowStalls: 0,
    socketStalls: 0,
    openStreams: 0,
    waitingStreams: 0,
    queuedBytes: 0,
  };
}

/** Adds the figures of one connection to `total`. */
export function addStats(total: Http2Stats, one: Http2Stats): void {
  for (const name of Object.keys(one) as (keyof Http2Stats)[]) total[name] += one[name];
}
