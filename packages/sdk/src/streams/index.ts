export { createPacker, encodeItem } from './encode-item.ts';
export { routeStreams, type StreamRouter } from './route-streams.ts';
export type { PathParams, StreamAnswer, StreamHandlers, StreamItem, Streams } from './types.ts';
