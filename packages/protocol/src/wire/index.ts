export { append, type MessageCodec, messageCodec } from './codec.ts';
export { encodeMessage } from './encode.ts';
export { type Get, Reader } from './reader.ts';
export { type Put, putMap, putMessageMap, putMessages, type Sink } from './sink.ts';
export { type Init, type Mutable, NO_BYTES, type StringMap, type UnknownField, type Unknowns } from './types.ts';
