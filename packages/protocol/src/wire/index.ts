export { append, type MessageCodec, messageCodec } from './codec.ts';
export { putMap, putMessageMap, putMessages } from './put.ts';
export type { Get } from './reader.ts';
export { recurring } from './recurring.ts';
export type { Put } from './sink.ts';
export { type BytesInit, type Init, type Mutable, NO_BYTES, type StringMap, type UnknownField, type Unknowns } from './types.ts';
