export { append, type MessageCodec, messageCodec } from './codec.ts';
export type { Get } from './reader.ts';
export { type Put, putMap, putMessageMap, putMessages } from './sink.ts';
export { type BytesInit, type Init, type Mutable, NO_BYTES, type StringMap, type UnknownField, type Unknowns } from './types.ts';
