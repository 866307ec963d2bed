export { SERVER_ERROR_CODES, type ServerErrorCode } from './codes.ts';
export type { ErrorReply, Fault, ServerErrorRow } from './reply-shapes.ts';
export { describeError, isServerError, ServerError } from './server-error.ts';
