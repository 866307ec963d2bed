export { decodeFrameJson } from './decode-frame.ts';
export { encodeFrameJson, type FrameJsonOptions, frameToJson } from './encode-frame.ts';
export { encodeQueryResponse, type QueryResult } from './encode-response.ts';
export type { FrameInclude } from './encode-schema.ts';
