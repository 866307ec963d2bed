export { type Fault, HOST_ERROR_CODES, type HostErrorCode, type HostErrorRow } from './codes.ts';
export type { CallFacts, HostErrorFacts, StartFacts } from './facts.ts';
export { describeError, HostError, isHostError } from './host-error.ts';
export { formatLastWords } from './last-words.ts';
export { visible } from './visible.ts';
