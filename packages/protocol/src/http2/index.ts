export { Http2Connection } from './connection.ts';
export { Http2Code, http2CodeName } from './constants.ts';
export { Http2Error } from './errors.ts';
export type { Http2Events, OutputPort } from './events.ts';
export { HeaderTemplate } from './header-template.ts';
export { type HeaderFields, HpackDecoder, HpackEncoder, HpackError } from './hpack/index.ts';
export { DEFAULT_HTTP2_OPTIONS, type Http2Options } from './options.ts';
export { Http2Stream, type StreamAbort, type StreamEnding, StreamState, type Trailers } from './stream.ts';
