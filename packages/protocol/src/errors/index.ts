export { quote } from './messages.ts';
export { isProtocolError, PROTOCOL_ERROR_CODES, ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
