export { ENTRY_OVERHEAD, type HeaderFields, HpackDecoder } from './decoder.ts';
export { HpackEncoder } from './encoder.ts';
export { HpackError } from './errors.ts';
