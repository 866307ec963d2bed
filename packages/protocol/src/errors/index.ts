export { type Fault, PROTOCOL_ERRORS, quote } from './messages.ts';
export { isProtocolError, ProtocolError, type ProtocolErrorCode, type ProtocolErrorFacts } from './protocol-error.ts';
