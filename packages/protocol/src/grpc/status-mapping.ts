import { STATUS_CODES } from 'node:http';
import { type HeaderFields, Http2Code, http2CodeName, type StreamAbort } from '../http2/index.ts';
import { decodeBinary, findField } from './metadata.ts';
import { decodePercent } from './percent.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';

const CODE_OF_HTTP_STATUS: Readonly<Record<string, GrpcCode>> = {
  400: GrpcCode.internal,
  401: GrpcCode.unauthenticated,
  403: GrpcCode.permissionDenied,
  404: GrpcCode.unimplemented,
  429: GrpcCode.unavailable,
  502: GrpcCode.unavailable,
  503: GrpcCode.unavailable,
  504: GrpcCode.unavailable,
};

const CODE_OF_RESET: Readonly<Record<number, GrpcCode>> = {
  [Http2Code.refusedStream]: GrpcCode.unavailable,
  [Http2Code.cancel]: GrpcCode.cancelled,
  [Http2Code.enhanceYourCalm]: GrpcCode.resourceExhausted,
  [Http2Code.flowControlError]: GrpcCode.resourceExhausted,
  [Http2Code.inadequateSecurity]: GrpcCode.permissionDenied,
};

const REFUSALS = {
  peer: 'the server goes away and has not processed the call (%)',
  self: 'the channel is closing and takes no more calls',
  ids: 'the stream ids of the connection are used up',
} as const;

/** The final status of a call that HTTP/2 ended, mapped as grpc-go does. */
export function errorOfAbort(reason: StreamAbort): GrpcStatusError {
  switch (reason.kind) {
    case 'reset': {
      const code = CODE_OF_RESET[reason.code] ?? GrpcCode.internal;
      return new GrpcStatusError(code, `stream terminated by RST_STREAM with error code: ${http2CodeName(reason.code)}`, {
        origin: 'wire',
      });
    }
    case 'violation':
      return new GrpcStatusError(GrpcCode.internal, `the peer broke HTTP/2: ${reason.what}`);
    case 'refused':
      return new GrpcStatusError(GrpcCode.unavailable, REFUSALS[reason.by].replace('%', http2CodeName(reason.code)));
    case 'headersTooLarge': {
      const text = `header list size to send violates the maximum size (${reason.maxBytes} bytes) set by server`; // grpc-go's
      return new GrpcStatusError(GrpcCode.internal, text);
    }
    case 'connection':
      return new GrpcStatusError(GrpcCode.unavailable, reason.error.message, { cause: reason.error });
    default:
      return reason satisfies never;
  }
}

/** The error of a response head that is no gRPC, or undefined when it is good. Texts as grpc-go's. */
export function errorOfHead(fields: HeaderFields): GrpcStatusError | undefined {
  const status = findField(fields, ':status');
  const contentType = findField(fields, 'content-type');
  if (status === '200' && isGrpcContentType(contentType)) return undefined;
  const code = status === '200' || status === undefined ? GrpcCode.unknown : (CODE_OF_HTTP_STATUS[status] ?? GrpcCode.unknown);
  const problems: string[] = [];
  if (status === undefined) problems.push('malformed header: missing HTTP status');
  else if (status !== '200') {
    problems.push(`unexpected HTTP status code received from server: ${status} (${STATUS_CODES[status] ?? ''})`);
  }
  if (contentType === undefined) problems.push('malformed header: missing HTTP content-type');
  else if (!isGrpcContentType(contentType)) problems.push(`received unexpected content-type ${JSON.stringify(contentType)}`);
  return new GrpcStatusError(code, problems.join('; '), { origin: 'wire' });
}

/** `application/grpc`, alone or with a suffix such as `+proto`. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const value = contentType.toLowerCase();
  return value === 'application/grpc' || value.startsWith('application/grpc+') || value.startsWith('application/grpc;');
}

/** The error that trailers tell, or undefined for OK. */
export function errorOfTrailers(fields: HeaderFields): GrpcStatusError | undefined {
  const status = findField(fields, 'grpc-status');
  if (status === '0') return undefined;
  if (status === undefined) return new GrpcStatusError(GrpcCode.unknown, 'the server sent trailers without grpc-status');
  const message = decodePercent(findField(fields, 'grpc-message') ?? '');
  const number = /^\d{1,2}$/.test(status) ? Number(status) : -1;
  if (number < 0 || number > GrpcCode.unauthenticated) {
    return new GrpcStatusError(GrpcCode.unknown, message || `malformed grpc-status: ${status}`, { origin: 'wire' });
  }
  const details = findField(fields, 'grpc-status-details-bin');
  return new GrpcStatusError(number as GrpcCode, message, {
    details: details === undefined ? undefined : decodeBinary(details),
    origin: 'wire',
  });
}
