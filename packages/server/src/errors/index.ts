export { type ErrorReply, type Fault, SERVER_ERROR_CODES, type ServerErrorCode, type ServerErrorRow } from './codes.ts';
export { describeError, isServerError, ServerError } from './server-error.ts';
