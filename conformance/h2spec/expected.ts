/** What of h2spec we do not do as it wants, by its id, and why. All else passes. */
type Differences = Readonly<Record<string, string>>;

const LATE =
  'RST_STREAM STREAM_CLOSED, and the connection lives: RFC 9113 section 5.1 lets us choose. What comes late on a stream that one ' +
  'side has reset looks the same, and must not cost the other calls of the connection.';

/** Cases run against a server, with the stricter ones of `--strict`. */
export const SERVER = {
  cases: 146,
  differences: {
    'http2/5.1/12': `HEADERS on a stream that both sides have ended: ${LATE}`,
    'http2/5.1.1/2': `HEADERS on a stream with a smaller id than the last: such a stream is closed, so as above. ${LATE}`,
  } satisfies Differences,
};

/** Cases run against a client. */
export const CLIENT = {
  cases: 57,
  differences: {
    'client/5.1/8': `DATA on a stream that both sides have ended: ${LATE}`,
    'client/5.1/9': `HEADERS on a stream that both sides have ended: ${LATE}`,
  } satisfies Differences,
};
