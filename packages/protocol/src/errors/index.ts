export { quote } from './messages.ts';
export { isProtocolError, ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
