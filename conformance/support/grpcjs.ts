import { X509Certificate } from 'node:crypto';
import type { Codec } from '@backplane/protocol/grpc';
import type { MethodDefinition } from '@grpc/grpc-js';

/** Messages of any size, both ways. */
export const GRPCJS_OPTIONS = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** A certificate of DER bytes, as grpc-js wants it. */
export const toPem = (der: Uint8Array): Buffer => Buffer.from(new X509Certificate(der).toString());

/** One of our methods as grpc-js wants it; its types are lost on the way. */
export function toGrpcJsMethod(method: {
  readonly kind: 'unary' | 'serverStream' | 'duplex';
  readonly path: string;
  readonly request: unknown;
  readonly response: unknown;
}): MethodDefinition<unknown, unknown> {
  const [request, response] = [method.request as Codec<unknown>, method.response as Codec<unknown>];
  return {
    path: method.path,
    requestStream: method.kind === 'duplex',
    responseStream: method.kind !== 'unary',
    requestSerialize: (message) => Buffer.from(request.encode(message)),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(response.encode(message)),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}
